// One section of a template: its guidance, its sentences with what the library says of each, and the answers to it.

import { Area, Checkbox, Field } from "../kit/controls";
import kit from "../kit/page.module.css";
import { Badge } from "../kit/states";
import css from "./claims.module.css";
import {
  type Answers,
  because,
  type Choice,
  KINDS,
  type Section,
  type Sentence,
  type SentenceClaim,
} from "./template-data";

type Change = (answers: Answers) => void;

export function SectionForm(props: { section: Section; answers: Answers; isOut: boolean; onChange: Change }) {
  const { section, answers, isOut, onChange } = props;
  const { guidance } = section;
  const told = [
    ["For", guidance.recommendedFor],
    ["Why", guidance.explanation],
    ["To change", guidance.howToCustomize],
  ].filter((pair): pair is [string, string] => Boolean(pair[1]));
  return (
    <section className={`${css.row} ${isOut ? css.out : ""}`} aria-label={section.title || "Before the first title"}>
      <div className={css.rowhead}>
        <h2>{section.title || "Before the first title"}</h2>
        <Checkbox
          isSelected={answers.deleted.includes(section.id)}
          onChange={(isOut) => onChange(without(answers, section.id, isOut))}
        >
          Leave out this section
        </Checkbox>
      </div>
      {!section.offered && <p className={kit.muted}>Left out by what you chose above.</p>}
      {told.length > 0 && (
        <details>
          <summary>Guidance</summary>
          <dl className={css.about}>
            {told.map(([name, text]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{text}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
      {!isOut && (
        <div className={css.sentences}>
          {section.sentences.map((sentence) => (
            <SentenceForm key={sentence.id} sentence={sentence} answers={answers} onChange={onChange} />
          ))}
        </div>
      )}
    </section>
  );
}

const without = (answers: Answers, id: string, isOut: boolean): Answers => ({
  ...answers,
  deleted: [...answers.deleted.filter((one) => one !== id), ...(isOut ? [id] : [])],
});

function SentenceForm({ sentence, answers, onChange }: { sentence: Sentence; answers: Answers; onChange: Change }) {
  const isOut = answers.deleted.includes(sentence.id);
  const own = answers.reworded[sentence.id] ?? "";
  const reword = (words: string) => {
    const { [sentence.id]: _, ...others } = answers.reworded;
    onChange({ ...answers, reworded: words.trim() ? { ...others, [sentence.id]: words } : others });
  };
  return (
    <div className={css.form}>
      <p className={css.quote}>{sentence.text}</p>
      {sentence.is === "unmatched" && (
        <p>
          <Badge>makes no claim of the library</Badge>
        </p>
      )}
      {sentence.claims.map((claim) => (
        <Matched key={claim.id} claim={claim} />
      ))}
      {!isOut &&
        sentence.choices.map((choice) => (
          <ChoiceForm key={choice.id} choice={choice} answers={answers} onChange={onChange} />
        ))}
      <Checkbox isSelected={isOut} onChange={(isOut) => onChange(without(answers, sentence.id, isOut))}>
        Leave out this sentence
      </Checkbox>
      {!isOut && (
        <details {...(own ? { open: true } : {})}>
          <summary>Own words</summary>
          <Area label="In place of the sentence" value={own} onChange={reword} max={2000} />
        </details>
      )}
    </div>
  );
}

function Matched({ claim }: { claim: SentenceClaim }) {
  return (
    <div>
      <p className={css.rowhead}>
        <code>{claim.id}</code> {claim.title} <Badge tone="info">{KINDS[claim.kind] ?? claim.kind}</Badge>
        {claim.reads && <Badge tone={claim.reads.includes("stronger") ? "warn" : "info"}>{claim.reads}</Badge>}
      </p>
      <p className={kit.muted}>
        {[claim.library && `The library says: “${claim.library}”`, because(claim.wording), claim.why]
          .filter(Boolean)
          .join(" · ")}
      </p>
    </div>
  );
}

function ChoiceForm({ choice, answers, onChange }: { choice: Choice; answers: Answers; onChange: Change }) {
  const isMany = choice.range === "open-ended";
  const given = [answers.choices[choice.id] ?? []].flat();
  const others = given.filter((one) => !choice.options.includes(one));
  const set = (chosen: string[]) => {
    const { [choice.id]: _, ...rest } = answers.choices;
    const [first] = chosen;
    if (first === undefined) onChange({ ...answers, choices: rest });
    else onChange({ ...answers, choices: { ...rest, [choice.id]: isMany ? chosen : first } });
  };
  return (
    <fieldset className={css.choice}>
      <legend>{isMany ? "Choose any" : "Choose one"}</legend>
      {choice.options.map((option) => (
        <label key={option}>
          <input
            type={isMany ? "checkbox" : "radio"}
            name={`choice ${choice.id}`}
            checked={given.includes(option)}
            onChange={(event) =>
              set(
                isMany
                  ? [...given.filter((one) => one !== option), ...(event.target.checked ? [option] : [])]
                  : [option],
              )
            }
          />
          {option}
        </label>
      ))}
      {isMany && (
        <Field
          label="Others"
          help="Separated by commas."
          defaultValue={others.join(", ")}
          onChange={(text) =>
            set([
              ...given.filter((one) => choice.options.includes(one)),
              ...text
                .split(",")
                .map((one) => one.trim())
                .filter(Boolean),
            ])
          }
          maxLength={500}
        />
      )}
    </fieldset>
  );
}
