// How sure a count of the server is, in the words of people. Pure.

/** "about" before a number that may be off, and why; neither where it is exact. */
export function aboutOf(precision: string | undefined): { about: string; why: string | undefined } {
  if (precision === undefined || precision === "exact") return { about: "", why: undefined };
  const sampled = /^sampled 1 in (\d+)$/.exec(precision)?.[1];
  const why = sampled
    ? `About: 1 of ${sampled} records was counted.`
    : "About: counts come from whole stored parts, and the time range begins or ends within one.";
  return { about: "about ", why };
}
