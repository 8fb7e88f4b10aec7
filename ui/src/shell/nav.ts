// Where one can go. A screen that is not there has no line here.

export type Place = { id: string; name: string; href: string; keys: string; icon: string };

export const PLACES: readonly Place[] = [
  { id: "logs", name: "Logs", href: "/app/logs", keys: "g l", icon: "M3 5h18M3 10h12M3 15h18M3 20h9" },
  {
    id: "sources",
    name: "Sources",
    href: "/app/sources",
    keys: "g s",
    icon: "M4 4h16v6H4zM4 14h16v6H4zM8 7h.01M8 17h.01",
  },
];

/** Plain pages of the server that have no screen here yet. */
export const PAGES: readonly Place[] = [
  { id: "claims", name: "Security page", href: "/security", keys: "", icon: "M5 3h10l4 4v14H5zM8 11h8M8 15h5" },
];
