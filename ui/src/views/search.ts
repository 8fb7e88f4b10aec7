import { RANGES } from "../logs/search";

/** What the address says of the range. */
export function rangeSearch(search: Record<string, unknown>): { from?: string } {
  const from = RANGES.find((range) => range.id === search.from)?.id;
  return from ? { from } : {};
}
