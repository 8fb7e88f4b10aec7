// A template of a security page as the server keeps it, and the answers that people give.

export type Choice = { id: string; options: string[]; range: string };
export type Wording = { is: string; because?: unknown };
export type SentenceClaim = {
  id: string;
  title: string;
  kind: string;
  why: string | null;
  library: string;
  wording: Wording | null;
  reads: string | null;
};
export type Sentence = {
  id: string;
  line: number;
  text: string;
  choices: Choice[];
  needsDomain: boolean;
  is: "claim" | "lead-in" | "unmatched";
  claims: SentenceClaim[];
};
export type Section = {
  id: string;
  title: string;
  level: number;
  parent: string | null;
  offered: boolean;
  guidance: { recommendedFor?: string | null; explanation?: string | null; howToCustomize?: string | null };
  sentences: Sentence[];
};
export type Answers = {
  domain: string | null;
  filter: { audience: string | null; customization: string | null };
  choices: Record<string, string | string[]>;
  deleted: string[];
  reworded: Record<string, string>;
};
export type Finding = {
  severity: "blocks" | "reword" | "note";
  at?: { line: number } | null;
  wrong: string;
  words?: string | null;
  instead: string;
};
export type Template = {
  version: string;
  keptAt: string;
  sections: Section[];
  answers: Answers;
  findings: Finding[];
  open: { words: string }[];
};
export type Drafted = {
  markdown: string;
  sections: { title: string; sentences: { text: string; claims: string[] }[] }[];
  differences: { claim: string; own: string; library: string; wording: Wording }[];
};

export const KINDS: Record<string, string> = {
  checked: "looked at by a check",
  "not-yet": "cannot be shown yet",
  attested: "a person signs it",
  documented: "a third party's document",
  derived: "follows from others",
  "build-rule": "a rule of the page",
  refused: "cannot be said truthfully",
  description: "promises nothing",
};

export const READS: Record<string, string> = {
  same: "says the same",
  weaker: "weaker",
  stronger: "stronger",
  both: "weaker and stronger",
  own: "own wording",
};

/** What makes a sentence weaker or stronger, as the server names it. */
export function because(wording: Wording | null): string {
  const reasons = [wording?.because ?? []].flat(2) as (string | Record<string, unknown>)[];
  return reasons
    .map((reason) => {
      if (typeof reason === "string") return reason.replaceAll("-", " ");
      const [name, words] = Object.entries(reason)[0] ?? ["", ""];
      return `${name.replaceAll("-", " ")}: ${[words].flat().join(" → ")}`;
    })
    .join("; ");
}

/** Sections that are left out, with those below them. */
export function leftOut(sections: readonly Section[], deleted: readonly string[]): ReadonlySet<string> {
  const out = new Set(deleted);
  for (const section of sections) if (section.parent && out.has(section.parent)) out.add(section.id);
  return out;
}

export const things = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;
