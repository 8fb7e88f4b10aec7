// A template of a security page as the server keeps it, and the answers that people give.

import type { TemplateSection, TemplateWording } from "../api/described";

export type {
  Template,
  TemplateAnswers as Answers,
  TemplateChoice as Choice,
  TemplateClaim as SentenceClaim,
  TemplateDraft as Drafted,
  TemplateFinding as Finding,
  TemplateSection as Section,
  TemplateSentence as Sentence,
  TemplateWording as Wording,
} from "../api/described";

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
export function because(wording: TemplateWording | null): string {
  const given = wording && "because" in wording ? wording.because : [];
  const reasons = [given].flat(2) as (string | Record<string, unknown>)[];
  return reasons
    .map((reason) => {
      if (typeof reason === "string") return reason.replaceAll("-", " ");
      const [name, words] = Object.entries(reason)[0] ?? ["", ""];
      return `${name.replaceAll("-", " ")}: ${[words].flat().join(" → ")}`;
    })
    .join("; ");
}

/** Sections that are left out, with those below them. */
export function leftOut(sections: readonly TemplateSection[], deleted: readonly string[]): ReadonlySet<string> {
  const out = new Set(deleted);
  for (const section of sections) if (section.parent && out.has(section.parent)) out.add(section.id);
  return out;
}

export const things = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;
