// What rules would have done to records that are there: counts, and records before and after. Their text is a stranger's.

import { useState } from "react";
import type { PipelineExample, PipelineTrial } from "../api/described";
import { Button } from "../kit/controls";
import { LogText } from "../kit/log";
import { muted, named, row, stack, whole } from "../kit/page";
import { Badge, Note, numberCell, Table } from "../kit/states";
import { Ago, count } from "../kit/time";
import { type Change, changes } from "./pipeline";

const SHOWN_FIRST = 3;

export function Trial({ trial, isStale }: { trial: PipelineTrial; isStale: boolean }) {
  const [isAll, setAll] = useState(false);
  const { records, touched, dropped, examples } = trial;
  return (
    <div className={stack} role="region" aria-label="What the rules would do">
      {isStale && (
        <Note tone="warn">
          <p>This is what the rules did before your last change. Try them again.</p>
        </Note>
      )}
      <p role="status">
        {records === 0 ? (
          "There are no records to try the rules on."
        ) : (
          <>
            Of the newest {count.format(records)} records, {trial.oldest && <Ago at={trial.oldest} />} to{" "}
            {trial.newest && <Ago at={trial.newest} />}, {count.format(touched)} would be touched and{" "}
            {count.format(dropped)} dropped.
          </>
        )}
      </p>
      {records > 0 && trial.counts.length > 0 && (
        <Table
          label="What each rule would do"
          columns={["Rule", { name: "Touched", number: true }, { name: "Failed", number: true }]}
        >
          {trial.counts.map((rule) => (
            <tr key={rule.name}>
              <td>{rule.name}</td>
              <td className={numberCell}>
                {count.format(rule.touched)} of {count.format(records)}
              </td>
              <td className={numberCell}>{count.format(rule.failed)}</td>
            </tr>
          ))}
        </Table>
      )}
      {trial.warnings.map(({ code, detail }) => (
        <p key={code} className={muted}>
          {detail.charAt(0).toUpperCase() + detail.slice(1)}.
        </p>
      ))}
      {examples.slice(0, isAll ? examples.length : SHOWN_FIRST).map((example) => (
        <Example key={example.id} example={example} />
      ))}
      {!isAll && examples.length > SHOWN_FIRST && (
        <div className={row}>
          <Button onPress={() => setAll(true)}>Show all {examples.length} examples</Button>
        </div>
      )}
    </div>
  );
}

const HOW: Record<Change["how"], string> = { changed: "changed", added: "new", removed: "gone", same: "as before" };

function Example({ example }: { example: PipelineExample }) {
  const [isWhole, setWhole] = useState(false);
  const all = changes(example.before, example.after);
  const isDropped = example.after === null;
  // Of a record that would be dropped everything is gone: what it says is enough.
  const shown = isWhole
    ? all
    : all.filter(({ how, field }) => (isDropped ? field === "message" : how !== "same" || field === "message"));
  const hidden = all.length - shown.length;
  return (
    <article className={stack} aria-label={`Example: ${example.rules.join(", ")}`}>
      <div className={row}>
        <h3>{example.rules.join(", ")}</h3>
        {isDropped && <Badge tone="bad">would be dropped</Badge>}
        {hidden > 0 && (
          <Button size="small" look="quiet" onPress={() => setWhole(true)}>
            {isDropped ? `Show all ${all.length} fields` : `Show ${hidden} more as before`}
          </Button>
        )}
      </div>
      <Table label={`Before and after: ${example.rules.join(", ")}`} columns={["Field", "Before", "After", "It is"]}>
        {shown.map((change) => (
          <tr key={change.field}>
            <td className={named}>
              <LogText text={change.field} />
            </td>
            <Value text={change.before} />
            <Value text={change.after} />
            <td>{change.how === "same" ? HOW.same : <Badge tone="info">{HOW[change.how]}</Badge>}</td>
          </tr>
        ))}
      </Table>
    </article>
  );
}

function Value({ text }: { text: string | null }) {
  return <td className={whole}>{text === null ? <span className={muted}>nothing</span> : <LogText text={text} />}</td>;
}
