// Where one can go. A screen that is not there has no line here.

/** `short` is what fits below an icon of the bar of a telephone. */
export type Place = {
  id: string;
  name: string;
  short?: string;
  href: string;
  keys: string;
  icon: string;
  /** Screens beside it, which are of this place. */
  beside?: readonly string[];
  /** Kinds of accounts that have it in the bar of a telephone; what is not there is behind its last place. */
  first?: readonly Kind[];
  /** Kinds of accounts that have something to see there; all without it. */
  for?: readonly Kind[];
  /** Permissions, any of which lets a member of an organization see something there. */
  needs?: readonly string[];
};

type Kind = "person" | "engineer" | "operator";
/** Staff belong to no organization. */
const MEMBERS: readonly Kind[] = ["person"];
/** Operators reach no records. */
const READERS: readonly Kind[] = ["person", "engineer"];
const OPERATORS: readonly Kind[] = ["operator"];

export const GROUPS: readonly { name: string; places: readonly Place[] }[] = [
  {
    name: "Logs",
    places: [
      {
        id: "logs",
        name: "Logs",
        needs: ["logs:read"],
        first: READERS,
        for: READERS,
        href: "/app/logs",
        keys: "g l",
        icon: "M3 5h18M3 10h12M3 15h18M3 20h9",
      },
      {
        id: "views",
        name: "Saved",
        needs: ["views:view"],
        for: MEMBERS,
        href: "/app/views",
        keys: "g v",
        icon: "M6 3h12v18l-6-4-6 4zM9 8h6",
      },
      {
        id: "sources",
        name: "Sources",
        needs: ["tenant:view"],
        href: "/app/sources",
        for: MEMBERS,
        keys: "g s",
        icon: "M4 4h16v6H4zM4 14h16v6H4zM8 7h.01M8 17h.01",
      },
      {
        id: "alerts",
        name: "Alerts",
        needs: ["alerts:view"],
        first: MEMBERS,
        for: MEMBERS,
        href: "/app/alerts",
        keys: "g w",
        icon: "M6 16v-5a6 6 0 0 1 12 0v5l2 2H4zM10 21h4",
      },
    ],
  },
  {
    name: "Security",
    places: [
      {
        id: "claims",
        name: "Security page",
        short: "Security",
        first: OPERATORS,
        href: "/app/security",
        keys: "g c",
        icon: "M5 3h10l4 4v14H5zM8 11h8M8 15h5",
      },
      {
        id: "access",
        name: "Access requests",
        needs: ["access:view"],
        short: "Approvals",
        first: READERS,
        for: READERS,
        href: "/app/access",
        keys: "g a",
        icon: "M14 4h5v16h-5M4 12h10M10 8l4 4-4 4",
      },
      {
        id: "audit",
        name: "Audit trail",
        needs: ["audit:read"],
        first: OPERATORS,
        href: "/app/audit",
        keys: "g t",
        icon: "M12 3v5M12 8l-6 5M12 8l6 5M6 13v3M18 13v3M4 16h4v4H4zM16 16h4v4h-4z",
      },
    ],
  },
  {
    name: "Data",
    places: [
      {
        id: "keys",
        name: "Keys",
        needs: ["tenant:view"],
        for: MEMBERS,
        href: "/app/keys",
        keys: "g k",
        icon: "M8 15a4 4 0 1 1 0-8 4 4 0 0 1 0 8zM12 11h9M18 11v3M15 11v2",
      },
    ],
  },
  {
    name: "Team",
    places: [
      {
        id: "people",
        name: "People & roles",
        needs: ["people:view"],
        href: "/app/people",
        beside: ["/roles", "/service-accounts"],
        for: MEMBERS,
        keys: "g p",
        icon: "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM2 21c0-4 3-7 7-7s7 3 7 7M16 4a4 4 0 0 1 0 7M18 14c3 1 4 4 4 7",
      },
      {
        id: "sign-in-rules",
        name: "Sign-in",
        needs: ["sign-in:manage", "access:configure", "people:view"],
        href: "/app/sign-in-rules",
        for: MEMBERS,
        keys: "g i",
        icon: "M15 8a4 4 0 1 1-8 0 4 4 0 0 1 8 0zM3 21c0-5 4-8 8-8M14 17l3 3 5-5",
      },
    ],
  },
  {
    name: "System",
    places: [
      {
        id: "jobs",
        name: "Jobs",
        needs: ["tenant:view"],
        href: "/app/jobs",
        for: MEMBERS,
        keys: "g j",
        icon: "M4 5h16v6H4zM4 15h9v4H4zM17 15h3M17 19h3M7 8h6",
      },
      {
        id: "system",
        name: "System",
        href: "/app/system",
        keys: "g y",
        icon: "M4 5h16v11H4zM8 20h8M12 16v4M7 12l3-3 2 2 4-4",
        for: OPERATORS,
        first: OPERATORS,
      },
    ],
  },
];

/** What a member may do somewhere; nothing of staff, and while it is not known. */
export type Rights = ReadonlySet<string> | undefined;

const isFor = (kind: string, rights: Rights, place: Place) =>
  (!place.for || place.for.some((one) => one === kind)) &&
  (!rights || !place.needs || place.needs.some((one) => rights.has(one)));

/** Where an account of this kind has something to see, by what it is about. */
export const groupsFor = (kind: string, rights?: Rights) =>
  GROUPS.map(({ name, places }) => ({ name, places: places.filter((place) => isFor(kind, rights, place)) })).filter(
    ({ places }) => places.length > 0,
  );

export const placesFor = (kind: string, rights?: Rights) => groupsFor(kind, rights).flatMap(({ places }) => places);

/** Where an account of this kind begins: a member who reads no logs, at the first place that is for them. */
export function homeOf(kind: string, rights?: Rights): string {
  if (kind === "operator") return "/system";
  if (kind === "engineer") return "/access";
  const first = rights && placesFor(kind, rights)[0];
  return first?.href.replace("/app", "") ?? "/logs";
}
