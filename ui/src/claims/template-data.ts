// A template of a security page as the server keeps it, and the answers that people give.

import type { TemplateOpen, TemplateSection, TemplateWording } from "../api/described";

/** Who may bring, answer and discard a template of an organization. */
export const RIGHT = "overview:manage";

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

const QUOTED_CHARS = 60;
const quoted = (text: string) =>
  `“${text.length > QUOTED_CHARS ? `${text.slice(0, QUOTED_CHARS).trimEnd()} …` : text}”`;

/** What keeps a draft from being made, by the names that stand in the template and not by its ids. */
export function inTheWay({ problem, words }: TemplateOpen, sections: readonly TemplateSection[]): string {
  const all = sections.flatMap((section) => section.sentences.map((sentence) => ({ section, sentence })));
  const where = (section: TemplateSection) => section.title || "Before the first title";
  switch (problem.problem) {
    case "unresolved":
    case "not-an-option":
    case "one-only": {
      const of = all.find(({ sentence }) => sentence.choices.some((choice) => choice.id === problem.choice));
      if (!of) return words;
      const options = of.sentence.choices.find((choice) => choice.id === problem.choice)?.options ?? [];
      const choice = `${where(of.section)}, line ${of.sentence.line}: ${options.map(quoted).join(" or ")}`;
      if (problem.problem === "unresolved") return `${choice} is not chosen yet`;
      if (problem.problem === "one-only") return `${choice}: only one can be chosen, ${problem.given} were`;
      return `${choice}: ${quoted(problem.given)} is none of them`;
    }
    case "no-domain": {
      const of = all.find(({ sentence }) => sentence.needsDomain && sentence.line === problem.at.line);
      const place = of ? `${where(of.section)}, line` : "Line";
      return `${place} ${problem.at.line}: there is no domain yet to put in place of DOMAIN`;
    }
    case "not-a-sentence": {
      const of = all.find(({ sentence }) => sentence.id === problem.sentence);
      if (!of) return words;
      const own = `your words for ${quoted(of.sentence.text)}`;
      return `${where(of.section)}, line ${of.sentence.line}: ${own} are empty, of several lines, or too long`;
    }
    default:
      return words;
  }
}
