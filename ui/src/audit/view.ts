// What the screen of the trail shows, as its address has it.

/** What the screen shows, as its address has it. */
export type View = {
  /** Of the installation instead of the organization; for whoever runs it. */
  log?: "installation";
  event?: string;
  actor?: string;
  source?: string;
  result?: string;
  address?: string;
  since?: string;
  until?: string;
  request?: string;
  q?: string;
  /** The entry that is open. */
  entry?: string;
};

export const CONDITIONS = ["event", "actor", "source", "result", "address", "since", "until", "request", "q"] as const;
export type Conditions = Pick<View, (typeof CONDITIONS)[number]>;

export function trailSearch(search: Record<string, unknown>): View {
  const view: View = {};
  for (const name of CONDITIONS) {
    const value = search[name];
    if (typeof value === "string" && value !== "") view[name] = value;
  }
  if (typeof search.entry === "string" && /^\d{1,15}$/.test(search.entry)) view.entry = search.entry;
  if (search.log === "installation") view.log = "installation";
  return view;
}
