// How far long work is: each phase with its name, in real units; the one under way with its speed and what is left.

import type { Job, JobPhase } from "../api/jobs";
import { muted, rowOf, rows, stack } from "../kit/page";
import { Badge, Meter } from "../kit/states";
import { flat } from "../kit/text";
import { amountOf, leftWords, percent, quietWords, rateWords } from "./pace";
import { phaseName } from "./words";

/** `done` is what this tab knows better than the answer: a piece that is on its way. */
export function Phases({ job, quiet, done }: { job: Job; quiet: number; done?: number }) {
  const silence = quietWords(quiet);
  // What stands still has no speed, and nobody knows how long yet.
  const isStill = silence !== null || job.waits !== null;
  const under = job.phases.findIndex((phase) => phase.name === job.phase);
  return (
    <>
      <ol className={rows}>
        {job.phases.map((phase, at) => (
          <li key={phase.name} className={rowOf}>
            <div className={stack}>
              <Phase
                phase={at === under && done !== undefined ? { ...phase, done: Math.max(done, phase.done) } : phase}
                job={job}
                title={`Phase ${at + 1} of ${job.phases.length}: ${phaseName(phase.name)}`}
                isUnder={at === under}
                isStill={isStill}
              />
            </div>
          </li>
        ))}
      </ol>
      {(job.last || silence) && (
        <p className={muted}>
          {job.last && <>Last: {flat(job.last)}</>}
          {silence && (
            <>
              {job.last && " · "}
              <Badge tone="warn">{silence}</Badge>
            </>
          )}
        </p>
      )}
    </>
  );
}

function Phase(props: { phase: JobPhase; job: Job; title: string; isUnder: boolean; isStill: boolean }) {
  const { phase, job, title, isUnder, isStill } = props;
  const { done, total, unit } = phase;
  const share = percent(done, total);
  const words = [
    `${amountOf(done, unit)} of ${amountOf(total, unit)}`,
    share,
    isUnder && !isStill && rateWords(job.rate, unit),
    isUnder && !isStill && job.seconds_left && leftWords(job.seconds_left),
  ];
  return (
    <>
      <div>
        <strong>{title}</strong> {isUnder && <Badge tone="info">now</Badge>}
      </div>
      {total > 0 && <Meter share={done / total} label={`${title}: ${share}`} />}
      <div className={muted}>{words.filter(Boolean).join(" · ")}</div>
    </>
  );
}
