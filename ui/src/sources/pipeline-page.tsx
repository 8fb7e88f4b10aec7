// The rules that a source's records go through before they are written: put in order, tried, and only then saved.

import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { type KeyboardEvent, useRef, useState } from "react";
import { api, Problem } from "../api/client";
import type { Pipeline, PipelineRule, PipelineTrial } from "../api/described";
import { queries, sources as sourcesQuery } from "../api/queries";
import type { Source } from "../api/types";
import { Button, LinkButton, RowButton, Select } from "../kit/controls";
import { Confirm } from "../kit/dialog";
import { AskToLeave } from "../kit/leave";
import { Asked, muted, OnlyLooks, Page, Panel, row, rowOf, rows, stack } from "../kit/page";
import { Badge, Copy, ErrorBox, Note } from "../kit/states";
import { flat } from "../kit/text";
import { count } from "../kit/time";
import { toast } from "../kit/toast";
import { NotThere } from "../kit/unready";
import { useMe } from "../shell/shell";
import { useMayWith } from "./may";
import { ACTIONS, kindOfAction, losses, moved, ruleWords, wrongRule } from "./pipeline";
import { pipelineOf, pipelinePath } from "./pipeline-query";
import { RuleForm } from "./pipeline-rule";
import { Trial } from "./pipeline-trial";

const RIGHT = "source:configure";

export function PipelinePage() {
  const { source: id } = useParams({ from: "/inside/sources/$source/pipeline" });
  const me = useMe();
  const all = useQuery({ ...sourcesQuery(me.tenant ?? ""), enabled: me.tenant !== null });
  const may = useMayWith(id);
  const [maySee, mayChange] = [may("source:view"), may(RIGHT)];
  const asked = useQuery({ ...pipelineOf(id), enabled: maySee === true, staleTime: 0 });
  const source = all.data?.find((one) => one.id === id);
  if (all.data && !source) return <NotThere what="source" all={{ name: "All sources", href: "/app/sources" }} />;
  return (
    <Page
      title={source ? `Pipeline of ${source.name}` : "Pipeline"}
      actions={<LinkButton href={`/app/sources/${id}`}>The source</LinkButton>}
      lead={
        <p className={muted}>
          Rules are done to each record in their order, each on what those before it left, before anything is written.
          What is masked is masked before them, and once more after them. A change counts for the next request on; what
          is stored already stays.
        </p>
      }
    >
      {maySee === false ? (
        <OnlyLooks right="source:view" what="see the rules" />
      ) : (
        // What is changed here begins with what the server has, and not with what the source's page saw.
        <Asked of={{ ...asked, data: asked.isFetchedAfterMount ? asked.data : undefined }} what="the rules">
          {(pipeline) =>
            source && mayChange !== undefined ? (
              mayChange ? (
                <Editor source={source} pipeline={pipeline} mayRead={may("logs:read") === true} />
              ) : (
                <Panel title="Rules">
                  <Rules rules={pipeline.rules} pipeline={pipeline} />
                  <OnlyLooks right={RIGHT} what="change or try them" />
                </Panel>
              )
            ) : null
          }
        </Asked>
      )}
    </Page>
  );
}

type Doing = {
  onMove: (from: number, to: number) => void;
  onChange: (at: number) => void;
  onRemove: (at: number) => void;
};

/** A rule keeps its place on the screen, and the focus, where it moves; two of one name are told apart until one is renamed. */
const keyOf = (rules: readonly PipelineRule[], at: number) => {
  const name = rules[at]?.name ?? "";
  return `${name}/${rules.slice(0, at).filter((rule) => rule.name === name).length}`;
};

function Rules(props: {
  rules: readonly PipelineRule[];
  pipeline: Pipeline;
  wrong?: { at: number; why: string } | null;
  doing?: Doing;
}) {
  const { rules, pipeline, wrong, doing } = props;
  if (rules.length === 0) return <p>No rules: records are kept as they come.</p>;
  return (
    <ol className={rows} aria-label="Rules in their order">
      {rules.map((rule, at) => {
        const kept = pipeline.counts.find(({ name }) => name === rule.name);
        const kind = kindOfAction(rule.then);
        return (
          <li key={keyOf(rules, at)} className={rowOf}>
            <div className={stack}>
              <div className={row}>
                <span>{at + 1}.</span> <strong>{flat(rule.name)}</strong>
                <Badge tone={kind === "drop" ? "bad" : "info"}>{ACTIONS.find(({ id }) => id === kind)?.name}</Badge>
                <span className={muted}>
                  {kept
                    ? `${count.format(kept.touched)} touched, ${count.format(kept.failed)} failed so far`
                    : "not saved yet"}
                </span>
              </div>
              <bdi>{flat(ruleWords(rule))}</bdi>
              {wrong?.at === at && (
                <Note tone="bad">
                  <p role="alert">{wrong.why}</p>
                </Note>
              )}
            </div>
            {doing && <Actions rule={rule} at={at} last={rules.length - 1} doing={doing} />}
          </li>
        );
      })}
    </ol>
  );
}

function Actions({ rule, at, last, doing }: { rule: PipelineRule; at: number; last: number; doing: Doing }) {
  const box = useRef<HTMLDivElement>(null);
  const move = (to: number) => {
    doing.onMove(at, to);
    // At an end one of the two buttons takes no focus any more.
    if (to === 0 || to === last)
      requestAnimationFrame(() => {
        const buttons = box.current?.querySelectorAll<HTMLButtonElement>("button[data-move]:not(:disabled)");
        if (document.activeElement === document.body || !document.activeElement) buttons?.[0]?.focus();
      });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const to = event.altKey && { ArrowUp: at - 1, ArrowDown: at + 1 }[event.key];
    if (typeof to !== "number") return;
    event.preventDefault();
    event.stopPropagation();
    if (to >= 0 && to <= last) move(to);
  };
  return (
    <div className={row} ref={box} onKeyDownCapture={onKeyDown}>
      <Button
        size="small"
        data-move
        isDisabled={at === 0}
        onPress={() => move(at - 1)}
        aria-label={`Move ${rule.name} up`}
      >
        ↑
      </Button>
      <Button
        size="small"
        data-move
        isDisabled={at === last}
        onPress={() => move(at + 1)}
        aria-label={`Move ${rule.name} down`}
      >
        ↓
      </Button>
      <RowButton verb="Change" of={rule.name} onPress={() => doing.onChange(at)} />
      <RowButton verb="Remove" of={rule.name} look="danger" onPress={() => doing.onRemove(at)} />
    </div>
  );
}

const RECORDS = [
  { id: "100", name: "100 records" },
  { id: "1000", name: "1,000 records" },
  { id: "10000", name: "10,000 records" },
];

const document_ = (rules: readonly PipelineRule[]) => JSON.stringify(rules);

function Editor({ source, pipeline, mayRead }: { source: Source; pipeline: Pipeline; mayRead: boolean }) {
  const [base, setBase] = useState<readonly PipelineRule[]>(pipeline.rules);
  const [rules, setRules] = useState(base);
  const [editing, setEditing] = useState<number | "new" | null>(null);
  const [records, setRecords] = useState("1000");
  const [tried, setTried] = useState<{ rules: string; trial: PipelineTrial } | null>(null);
  const [error, setError] = useState<{ what: "trial" | "save"; rules: string; problem: Problem } | null>(null);
  const [running, setRunning] = useState<"trial" | "save" | null>(null);
  const [isAsking, setAsking] = useState(false);
  const [told, setTold] = useState("");
  const draft = document_(rules);
  const isChanged = draft !== document_(base);
  const wrong = error?.rules === draft ? wrongRule(error.problem) : null;
  const isTried = tried?.rules === draft;
  const failed = error?.what === "trial" && error.rules === draft && error.problem.code !== "pipeline_invalid";
  const without = whyUntried(rules, mayRead, failed);
  const lost = losses(base, rules);
  const run = async (what: "trial" | "save", how: () => Promise<void>) => {
    setRunning(what);
    setError(null);
    try {
      await how();
    } catch (failed) {
      setError({ what, rules: draft, problem: Problem.of(failed) });
    } finally {
      setRunning(null);
    }
  };
  const try_ = () =>
    run("trial", async () => {
      const asked = { rules, records: Number(records) };
      setTried({ rules: draft, trial: await api<PipelineTrial>("POST", `${pipelinePath(source.id)}/trial`, asked) });
    });
  const put = async (rules: readonly PipelineRule[]) => {
    const saved = await api<Pipeline>("PUT", pipelinePath(source.id), { rules });
    queries.setQueryData(pipelineOf(source.id).queryKey, saved);
    setBase(saved.rules);
    setRules(saved.rules);
    return document_(saved.rules);
  };
  const save = () =>
    run("save", async () => {
      const now = await api<Pipeline>("GET", pipelinePath(source.id));
      if (document_(now.rules) !== document_(base)) throw new Problem(409, { detail: OTHERS });
      const as = await put(rules);
      if (isTried) setTried({ rules: as, trial: tried.trial });
      const undo = () =>
        put(base).then(
          () => toast(`The rules of ${source.name} are as they were before`),
          (failed) => toast(Problem.of(failed).detail, { kind: "failed" }),
        );
      toast(`The rules of ${source.name} are saved; they count from the next request on`, { undo: () => void undo() });
    });
  const move = (from: number, to: number) => {
    setRules(moved(rules, from, to));
    setTold(`${rules[from]?.name} is rule ${to + 1} of ${rules.length} now`);
  };
  return (
    <>
      <Panel
        title="Rules"
        actions={
          <>
            {rules.length > 0 && (
              <Copy text={JSON.stringify({ rules }, null, 2)} what="rules">
                Copy as JSON
              </Copy>
            )}
            <Button onPress={() => setEditing("new")}>New rule</Button>
          </>
        }
      >
        <Rules
          rules={rules}
          pipeline={pipeline}
          wrong={wrong}
          doing={{ onMove: move, onChange: setEditing, onRemove: (at) => setRules(rules.toSpliced(at, 1)) }}
        />
        <p className="visually-hidden" role="status">
          {told}
        </p>
        {rules.length > 1 && (
          <p className={muted}>With the focus on a rule's buttons, Alt with the arrow keys moves it, too.</p>
        )}
      </Panel>
      <Panel
        title="Try and save"
        help="Nothing is changed by trying: the rules are done to the newest records as they are stored, and you see what would become of them."
      >
        {error?.rules === draft && !wrong && <ErrorBox error={error.problem} />}
        {wrong && (
          <Note tone="bad">
            <p>
              Rule {wrong.at + 1} cannot be as it is: {wrong.why}
            </p>
          </Note>
        )}
        <div className={row}>
          <Select
            label="Try on the newest"
            hideLabel
            options={RECORDS}
            value={records}
            onChange={setRecords}
            isDisabled={rules.length === 0 || !mayRead}
          />
          <Button
            look={isTried || without !== null ? undefined : "primary"}
            onPress={try_}
            isPending={running === "trial"}
            isDisabled={rules.length === 0 || !mayRead}
          >
            Try the rules
          </Button>
          <Button
            look={isChanged && (isTried || without !== null) ? "primary" : undefined}
            onPress={() => (lost.drops.length + lost.unmasks.length > 0 ? setAsking(true) : void save())}
            isPending={running === "save"}
            isDisabled={!isChanged || !(isTried || without !== null)}
          >
            Save rules
          </Button>
          {isChanged && (
            <Button onPress={() => setRules(base)} isDisabled={running !== null}>
              Discard changes
            </Button>
          )}
        </div>
        <p className={muted}>
          {!isChanged
            ? "Nothing was changed since they were saved."
            : without !== null
              ? without
              : isTried
                ? "These rules were tried as they are now."
                : "They can be saved once they were tried as they are now."}
        </p>
        {tried && <Trial trial={tried.trial} isStale={!isTried} />}
      </Panel>
      {editing !== null && (
        <RuleForm
          rule={editing === "new" ? null : (rules[editing] ?? null)}
          isOpen
          onClose={() => setEditing(null)}
          onKeep={(rule) => setRules(editing === "new" ? [...rules, rule] : rules.with(editing, rule))}
        />
      )}
      <Confirm
        title={lost.drops.length > 0 ? "Drop records from now on?" : "Stop masking?"}
        verb="Save rules"
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        onConfirm={save}
      >
        {lost.drops.length > 0 && (
          <p>
            What {list.format(lost.drops)} {lost.drops.length === 1 ? "drops" : "drop"} is kept nowhere, and nobody can
            bring it back.
          </p>
        )}
        {lost.unmasks.length > 0 && (
          <p>
            New records keep what {list.format(lost.unmasks)} masked as it comes, in backups too. What is masked already
            stays masked.
          </p>
        )}
      </Confirm>
      <AskToLeave isChanged={isChanged}>What you changed in the rules is not saved, and is lost.</AskToLeave>
    </>
  );
}

const list = new Intl.ListFormat("en", { type: "conjunction" });

const OTHERS =
  "the rules were changed elsewhere since you opened them, and nothing was saved. Copy yours as JSON, and load the page again";

/** Why rules may be saved though they were not tried. */
function whyUntried(rules: readonly PipelineRule[], mayRead: boolean, failed: boolean): string | null {
  if (rules.length === 0) return "There is nothing to try: no rule is left.";
  if (!mayRead) return "They cannot be tried: that takes the permission logs:read, which your roles do not have.";
  if (failed) return "They could not be tried now, for the reason above; they can be saved without.";
  return null;
}
