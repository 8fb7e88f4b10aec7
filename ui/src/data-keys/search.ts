// What the address of the screen names: the source whose keys are listed.

export const keysSearch = (search: Record<string, unknown>): { source?: string } =>
  typeof search.source === "string" && search.source !== "" ? { source: search.source } : {};
