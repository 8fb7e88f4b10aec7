// One claim: what is said, what was found, since when, and how anybody can check it.

import { useState } from "react";
import { lasted } from "../alerts/words";
import type { Given } from "../audit/check";
import { check } from "../audit/check";
import { Steps, useWalk } from "../audit/steps";
import { Way } from "../audit/way";
import { Button } from "../kit/controls";
import { InRows } from "../kit/in-rows";
import kit from "../kit/page.module.css";
import { Badge, ErrorBox } from "../kit/states";
import { Ago, count } from "../kit/time";
import css from "./claims.module.css";
import {
  hasCountedNothing,
  type LogProof,
  type Overview,
  type Published,
  provable,
  STANDINGS,
  type Standing,
} from "./overview";
import { Strip } from "./strip";

const SPEAKS: Record<string, string> = {
  product: "this release of the product",
  deployment: "this installation",
  organisation: "the organization that runs it",
  "third-party": "a third party",
};

export function Card(props: { claim: Published; standing: Standing; overview: Overview; path: string }) {
  const { claim, standing, overview, path } = props;
  const said = STANDINGS.find((one) => one.id === standing);
  const proof = claim.measured?.proof ?? claim.sealed?.proof ?? claim.attested?.proof;
  return (
    <article className={css.card} data-standing={standing} aria-label={claim.title || claim.id}>
      <InRows value={true}>
        <div className={css.state}>
          <Badge tone={said?.tone ?? "warn"}>
            {said?.sign} {said?.word}
          </Badge>
          <span className={kit.muted}>
            since <Ago at={claim.since} /> · <code>{claim.id}</code>
          </span>
        </div>
        <div className={css.body}>
          <div>
            <h3>{claim.title || claim.id}</h3>
            <p className={css.sentence} {...(standing === "verified" ? {} : { "data-doubted": "" })}>
              {claim.sentence || "What fails is told when it is mended, or when the time that was announced is over."}
            </p>
            <Found claim={claim} />
            {claim.limits && (
              <p className={kit.muted}>
                <strong>Limits:</strong> {claim.limits}
              </p>
            )}
          </div>
          {!claim.attested && <Strip days={claim.days} />}
        </div>
        <details>
          <summary>How it is looked at, and the proof</summary>
          <div className={css.more}>
            <About claim={claim} />
            <p className={css.links}>
              <a href={`${path}/claims/${claim.id}`}>History</a>
              {claim.measured && <a href={`${path}/evidence/${claim.measured.statement}`}>Signed evidence (JSON)</a>}
            </p>
            {proof && <Proof overview={overview} proof={proof} />}
          </div>
        </details>
      </InRows>
    </article>
  );
}

function Found({ claim }: { claim: Published }) {
  const { measured, attested, sealed } = claim;
  if (attested)
    return (
      <p>
        {attested.by.map((one) => `${one.name}, ${one.role}`).join("; ")} signed it. It ends <Ago at={attested.until} />
        .
        {attested.document &&
          ` Carried by ${attested.document.id} of ${attested.document.issuer}: ${attested.document.scope}.`}
      </p>
    );
  if (sealed)
    return (
      <p>
        Failing since <Ago at={sealed.since} />; told by <Ago at={sealed.until} /> at the latest. What was found is
        committed to in the public log.
      </p>
    );
  if (!measured) return null;
  return (
    <ul className={css.looks}>
      {measured.checks.map((one) => (
        <li key={`${one.check} ${one.vantage}`}>
          <Mark of={one.look} /> {one.look.summary}.
        </li>
      ))}
      <li className={kit.muted}>
        {measured.reason}; last look <Ago at={measured.at} />, one every {lasted(measured.budgetMinutes * 60_000)} at
        the least.
      </li>
    </ul>
  );
}

type Look = NonNullable<Published["measured"]>["checks"][number]["look"];

/** What holds of nothing is no success. */
function Mark({ of: { verdict, counts } }: { of: Look }) {
  if (verdict === "held" && hasCountedNothing(counts))
    return <span className={kit.muted}>– nothing to count yet:</span>;
  return <span aria-hidden="true">{verdict === "held" ? "✓" : verdict === "broken" ? "✕" : "?"}</span>;
}

function About({ claim }: { claim: Published }) {
  const rows: [string, string | null][] = [
    ["What keeps it true", claim.control],
    ["What would show it to be untrue", claim.falsifier],
    ["Counted over", claim.denominator],
    ["Speaks of", SPEAKS[claim.speaks] ?? claim.speaks],
    ["Speaks to", claim.frameworks.join(", ") || null],
  ];
  return (
    <>
      <dl className={css.about}>
        {rows.map(([name, text]) =>
          text ? (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{text}</dd>
            </div>
          ) : null,
        )}
      </dl>
      {claim.measured && (
        <ul className={css.looks}>
          {claim.measured.checks.map((one) => (
            <li key={`${one.check} ${one.vantage}`}>
              <code>{one.check}</code>, from {one.vantage}:{" "}
              {one.look.counts
                .map(
                  (each) =>
                    `${count.format(each.counted)}${each.whole === null ? "" : ` of ${count.format(each.whole)}`} ${each.what}`,
                )
                .join("; ") || one.look.summary}
              . {one.twin === "broken" ? "Its broken twin was found out." : "Its broken twin was not found out."}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Proof({ overview, proof }: { overview: Overview; proof: LogProof }) {
  const [given, setGiven] = useState<Given | null>(null);
  const [error, setError] = useState<unknown>(null);
  const { found, isRunning, run } = useWalk();
  const start = async () => {
    setError(null);
    try {
      const got = await provable(overview, proof);
      setGiven(got);
      await run(check("public", got, null));
    } catch (failed) {
      setError(failed);
    }
  };
  return (
    <div className={css.proof}>
      <p className={kit.muted}>The newest result is entry {count.format(proof.entry)} of the public log.</p>
      {error !== null && <ErrorBox error={error} />}
      {given && <Way given={given} found={found} />}
      <p>
        <Button size="small" onPress={() => void start()} isPending={isRunning}>
          Check in this browser
        </Button>
      </p>
      {found && <Steps found={found} isRunning={isRunning} />}
    </div>
  );
}
