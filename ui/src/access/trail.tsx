// What the organization's own trail says of an access: each step, and each question with its text.

import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { type AccessRequests, accessRequests, accessTrail, type Entry, every, useMay } from "../api/people";
import { LinkButton } from "../kit/controls";
import { InRows } from "../kit/in-rows";
import { LogText } from "../kit/log";
import { Moment } from "../kit/moment";
import { Asked, muted, Page, Panel, row } from "../kit/page";
import { Empty } from "../kit/states";
import { Ago, counted } from "../kit/time";
import { NotAllowed } from "../kit/unready";
import { useNames } from "../people/roles-field";
import { useMe } from "../shell/shell";
import css from "./access.module.css";
import { answersWords } from "./answered";
import { State, Title, Words } from "./request";

/** How often questions of a running access are looked at. */
const LIVE_MS = 5_000;

/** Newest questions that are shown while it runs; all stand in the history. */
const SHOWN = 20;

/** Names by id. */
type People = Record<string, string>;

const QUESTIONS: Record<string, string> = {
  search: "searched",
  sql: "asked by SQL",
  histogram: "asked for the histogram",
  fields: "asked which fields there are",
  field_values: "asked for a field's values",
  context: "asked for what stands around an event",
  origin: "asked who sent an event",
  tail: "followed the live tail",
  series: "asked for a graph",
};

/** What an entry says, or nothing for one that only repeats another. */
function said(entry: Entry): string | null {
  const { event } = entry;
  switch (event.type) {
    case "break_glass_opened":
      return "opened the emergency, with a passkey";
    case "break_glass_reviewed":
      return "reviewed it";
    case "staff_access_requested":
      return "asked for access";
    case "staff_access_approved":
      return "approved it, with a passkey";
    case "staff_access_denied":
      return "denied it";
    case "staff_access_started":
      return "began, with a passkey";
    case "staff_access_ended":
      return event.reason === "lapsed"
        ? "let it lapse"
        : `ended it, after ${counted(Number(event.readings), "question")}`;
    case "staff_question_asked":
      return `${QUESTIONS[String(event.question)] ?? "asked"}: ${counted(Number(event.records), "record")}`;
    case "records_read":
      return null;
    default:
      return event.type.replaceAll("_", " ");
  }
}

export function Steps({ entries, people }: { entries: readonly Entry[]; people: People }) {
  const who = (entry: Entry) =>
    entry.actor.id
      ? (people[entry.actor.id] ?? (entry.actor.kind === "person" ? "one of you" : entry.actor.kind))
      : "The server";
  return (
    <ol className={css.steps}>
      <InRows value={true}>
        {entries.map((entry) => {
          const words = said(entry);
          if (words === null) return null;
          return (
            <li key={entry.sequence}>
              <span className={muted}>
                <Ago at={entry.time} />
                <br />
                <Moment at={entry.time} isNamed />
              </span>
              <span>
                {who(entry)} {words}
                {typeof entry.event.text === "string" && entry.event.text !== "" && (
                  <>
                    <br />
                    <span className={css.question}>
                      <LogText text={entry.event.text} />
                    </span>
                  </>
                )}
              </span>
            </li>
          );
        })}
      </InRows>
    </ol>
  );
}

/** The trail is asked for its newest entries; whether the first one is among them. */
const isWhole = (entries: readonly Entry[]) => entries.some((entry) => entry.event.type === "staff_access_requested");

/** The questions of an access that runs, as they come. */
export function Questions({ request, tenant, people }: { request: string; tenant: string; people: People }) {
  const asked = useQuery({ ...accessTrail(tenant, request), refetchInterval: every(LIVE_MS), staleTime: 0 });
  return (
    <div>
      <h3>What is read, as it is read</h3>
      <Asked of={asked} what="the trail of this access">
        {(entries) => {
          const questions = entries.filter((entry) => entry.event.type === "staff_question_asked").reverse();
          return (
            <>
              {isWhole(entries) && <p className={muted}>{answersWords(entries)}</p>}
              {questions.length === 0 ? (
                <p className={muted}>Nothing yet.</p>
              ) : (
                <Steps entries={questions.slice(0, SHOWN)} people={people} />
              )}
            </>
          );
        }}
      </Asked>
    </div>
  );
}

export function RequestPage() {
  const { request: id } = useParams({ from: "/inside/access/$request" });
  const me = useMe();
  const maySee = useMay("access:view");
  const asked = useQuery({ ...accessRequests(me.tenant), enabled: maySee === true && me.tenant !== null });
  if (maySee === false) {
    return (
      <Page title="Access request">
        <NotAllowed permission="access:view" what="the requests of staff" />
      </Page>
    );
  }
  return (
    <Page title="Access request" actions={<LinkButton href="/app/access">All requests</LinkButton>}>
      <Asked of={asked} what="the requests of staff">
        {(answer) => <One answer={answer} id={id} tenant={me.tenant ?? ""} />}
      </Asked>
    </Page>
  );
}

function One({ answer, id, tenant }: { answer: AccessRequests; id: string; tenant: string }) {
  const names = useNames();
  const trail = useQuery({ ...accessTrail(tenant, id), staleTime: 0 });
  const one = answer.requests.find((request) => request.id === id);
  if (!one) {
    return (
      <Empty title="There is no such request" action={<LinkButton href="/app/access">All requests</LinkButton>}>
        Only the newest 500 are listed; all of them are in the audit trail.
      </Empty>
    );
  }
  const [who, source] = [answer.people[one.staff] ?? one.staff, names.source(one.source)];
  return (
    <>
      <div className={row}>
        <State of={one} />
      </div>
      <Title of={one} who={who} source={source} />
      <Words of={one} who={who} source={source} />
      <Panel title="What happened" help="From your audit trail, which nobody can rewrite unseen.">
        <Asked of={trail} what="the trail of this access">
          {(entries) =>
            entries.length === 0 ? (
              <p className={muted}>The trail does not keep entries of that time any more.</p>
            ) : (
              <>
                {isWhole(entries) && <p className={muted}>{answersWords(entries)}</p>}
                <Steps entries={entries} people={answer.people} />
              </>
            )
          }
        </Asked>
      </Panel>
    </>
  );
}
