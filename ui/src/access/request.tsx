// One request of staff, in words: who asks for what, until when, and what they would and would not see.

import type { AccessRequest, AccessState } from "../api/people";
import { LogText } from "../kit/log";
import { Fact, Facts, muted } from "../kit/page";
import { Badge, type Tone } from "../kit/states";
import { flat } from "../kit/text";
import { Ago, count } from "../kit/time";
import { Until } from "../kit/until";
import css from "./access.module.css";

const STATES: Record<AccessState, [string, Tone | undefined]> = {
  pending: ["waits for a decision", "warn"],
  approved: ["approved, not begun", "info"],
  active: ["running", "staff"],
  denied: ["denied", "bad"],
  lapsed: ["lapsed", undefined],
  ended: ["ended", undefined],
};

export const REASONS = {
  support: "support: you asked for help",
  incident: "incident: something of yours does not work",
  abuse: "suspected abuse of the service",
  legal: "a legal order",
} as const;

const ENDS = { time: "by time", staff: "by staff", tenant: "by the organization" } as const;

export function State({ of }: { of: AccessRequest }) {
  const [name, tone] = STATES[of.state];
  return (
    <>
      <Badge {...(tone ? { tone } : {})}>{name}</Badge>
      {of.emergency && (
        <>
          {" "}
          <Badge tone="bad">emergency</Badge>
        </>
      )}
    </>
  );
}

export const minutesOf = (one: AccessRequest) => Math.round((Date.parse(one.until) - Date.parse(one.from)) / 60_000);

export const duration = (minutes: number) =>
  minutes === 60 ? "1 h" : minutes > 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes} min`;

/** What an approval of now would allow: its time runs from when it was asked for. */
export function left(one: AccessRequest): string {
  const minutes = Math.ceil((Date.parse(one.until) - Math.max(Date.now(), Date.parse(one.from))) / 60_000);
  return minutes >= minutesOf(one) ? duration(minutesOf(one)) : `the ${duration(Math.max(0, minutes))} that are left`;
}

/** Requests that are not over; what lapsed is told by the server within half a minute. */
export const isOpen = (one: AccessRequest) =>
  (one.state === "pending" && Date.parse(one.lapses_at) > Date.now()) ||
  (one.state === "approved" && Date.parse(one.until) > Date.now()) ||
  one.state === "active";

export function Title({ of, who, source }: { of: AccessRequest; who: string; source: string }) {
  const verb = of.state === "active" ? "reads" : isOpen(of) ? "asks to read" : "asked to read";
  return (
    <h3 className={css.title}>
      {who} {verb} source “{source}” for {duration(minutesOf(of))}
    </h3>
  );
}

const mayBeUsed = (of: AccessRequest) => isOpen(of) && Date.now() < Date.parse(of.until);

/** When it may be used: how long still, or from when; for how long stands above it. */
function Use({ of }: { of: AccessRequest }) {
  if (mayBeUsed(of) && Date.parse(of.from) <= Date.now()) return <Until at={of.until} />;
  return <Ago at={of.from} />;
}

/** The same in a sentence. */
export function Used({ of }: { of: AccessRequest }) {
  return (
    <>
      {mayBeUsed(of) ? "may be used" : "its time was"} <Use of={of} />
    </>
  );
}

export function Words({ of, who, source }: { of: AccessRequest; who: string; source: string }) {
  return (
    <>
      <p className={css.quote}>
        <LogText text={of.explanation} />
      </p>
      <Facts>
        <Fact name="Reason">{REASONS[of.reason]}</Fact>
        <Fact name="Ticket">
          <bdi>{flat(of.ticket)}</bdi>
        </Fact>
        <Fact name="Asked">
          <Ago at={of.created_at} />
        </Fact>
        <Fact name={mayBeUsed(of) ? "May be used" : "Its time"}>
          <Use of={of} />
        </Fact>
        {of.state === "pending" && of.lapses_at !== of.until && (
          <Fact name="Ends by itself">
            <Ago at={of.lapses_at} />
          </Fact>
        )}
        {of.ended && (
          <Fact name="Ended">
            {ENDS[of.ended.how]}, <Ago at={of.ended.at} />
          </Fact>
        )}
        <Fact name="Questions asked">{count.format(of.readings)}</Fact>
      </Facts>
      {isOpen(of) && (
        <div className={css.sees}>
          <p>
            <strong>Will see:</strong> every event of “{source}” that is kept: messages and fields, by search, SQL and
            live tail. {who} alone, in one session, from one address.
          </p>
          <p>
            <strong>Won't see:</strong> other sources, API keys, people, settings. Won't write, change or delete
            anything.
          </p>
        </div>
      )}
      {of.emergency && (
        <p className={muted}>
          Emergency way ({of.emergency.cause.replace("_", " ")}): two of staff open it, without an approval of yours.
          You are told at once, and it waits for your review.
        </p>
      )}
    </>
  );
}
