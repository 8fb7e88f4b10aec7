// What the address of a screen about claims names.

export type Subject = "installation" | "own";

export function claimsSearch(search: Record<string, unknown>): { of?: Subject; state?: string } {
  return {
    ...(search.of === "own" || search.of === "installation" ? { of: search.of } : {}),
    ...(typeof search.state === "string" && search.state !== "" ? { state: search.state } : {}),
  };
}
