// A claim of an organization's own page, as it is written.

export type Bound =
  | {
      kind: "evidence";
      source: string;
      query: string;
      windowMinutes: number;
      atLeast?: number | null;
      atMost?: number | null;
    }
  | {
      kind: "sequence";
      source: string;
      trigger: string;
      burst: number;
      withinSeconds: number;
      follows: string;
      answerSeconds: number;
      groupBy?: string | null;
      windowMinutes: number;
    }
  | { kind: "probe"; host: string; kinds: string[] }
  | { kind: "attested"; maxDays: number };

export type Draft = {
  id: string;
  title: string;
  sentence: string;
  limits: string;
  group: string;
  class: string;
  bound: Bound;
};

export type Fields = Record<string, string> & { kinds?: string };

/** Who can know each kind. */
const CLASSES = {
  evidence: "software",
  sequence: "software",
  probe: "deployment",
  attested: "organisational",
} as const;

export const FIRST: Fields = {
  id: "OWN-",
  title: "",
  sentence: "",
  limits: "",
  group: "users",
  kind: "evidence",
  source: "",
  windowMinutes: "1440",
  query: "",
  atLeast: "",
  atMost: "",
  trigger: "",
  burst: "5",
  withinSeconds: "60",
  follows: "",
  answerSeconds: "60",
  groupBy: "",
  host: "",
  kinds: "tls",
  maxDays: "90",
};

/** The fields of a form that a draft fills. */
export function fieldsOf(draft: Partial<Draft>): Fields {
  const { bound, ...said } = draft;
  const text = (value: unknown) => (Array.isArray(value) ? value.join(" ") : String(value));
  const given = Object.entries({ ...said, ...bound }).filter(([, value]) => value !== undefined && value !== null);
  return { ...FIRST, ...Object.fromEntries(given.map(([name, value]) => [name, text(value)])) };
}

/** The draft that the fields say; what belongs to another kind is left out. */
export function draftOf(fields: Fields): Draft {
  const text = (name: string) => (fields[name] ?? "").trim();
  const number = (name: string) => Number(text(name));
  const some = (name: string) => (text(name) === "" ? {} : { [name]: number(name) });
  const logs = { source: text("source"), windowMinutes: number("windowMinutes") };
  const kind = text("kind") as Bound["kind"];
  const bounds: Record<Bound["kind"], () => Bound> = {
    evidence: () => ({ kind: "evidence", ...logs, query: text("query"), ...some("atLeast"), ...some("atMost") }),
    sequence: () => ({
      kind: "sequence",
      ...logs,
      trigger: text("trigger"),
      burst: number("burst"),
      withinSeconds: number("withinSeconds"),
      follows: text("follows"),
      answerSeconds: number("answerSeconds"),
      ...(text("groupBy") ? { groupBy: text("groupBy") } : {}),
    }),
    probe: () => ({ kind: "probe", host: text("host"), kinds: text("kinds").split(" ").filter(Boolean) }),
    attested: () => ({ kind: "attested", maxDays: number("maxDays") }),
  };
  return {
    id: text("id").toUpperCase(),
    title: text("title"),
    sentence: text("sentence"),
    limits: text("limits"),
    group: text("group"),
    class: CLASSES[kind],
    bound: bounds[kind](),
  };
}

// A sentence that is brought from a template goes from one screen to the next here, so that no words stand in an address.
let brought: Partial<Draft> | null = null;
export const bring = (draft: Partial<Draft>) => {
  brought = draft;
};
export function takeBrought(): Partial<Draft> | null {
  const taken = brought;
  brought = null;
  return taken;
}
