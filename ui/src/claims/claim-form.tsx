// Writing a claim: the sentence, what it does not say, and what stands behind it.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, Problem } from "../api/client";
import { sources as sourcesQuery } from "../api/queries";
import { Area, Button, Checkbox, Field, type FieldProps, Select } from "../kit/controls";
import { Confirm } from "../kit/dialog";
import { AskToLeave } from "../kit/leave";
import kit from "../kit/page.module.css";
import { ErrorBox, Note } from "../kit/states";
import { Form } from "../sign-in/ways";
import css from "./claims.module.css";
import { type Draft, draftOf, FIRST, fieldsOf } from "./draft";
import { GROUP_IDS, groupName } from "./overview";

const KINDS = [
  { id: "evidence", name: "A number of records in a source" },
  { id: "sequence", name: "An answer that follows a burst of records" },
  { id: "probe", name: "What one of your hosts answers" },
  { id: "attested", name: "A person's signed word" },
];
const PROBES = [
  { id: "tls", name: "TLS versions and certificate" },
  { id: "headers", name: "Headers" },
  { id: "security-txt", name: "security.txt" },
];
const UNKEPT = "Leave without keeping the draft?";
const LOST = "What you wrote since it was kept is lost.";
// The linter says which words, and where.
const WORDS = /”\sin\s(title|sentence|limits)\s/u;

export function ClaimForm(props: {
  path: string;
  tenant: string;
  hosts: string[];
  draft: Draft | null;
  brought: Partial<Draft> | null;
  onClose: () => void;
  onKept: () => Promise<void>;
}) {
  const { path, tenant, hosts, draft, brought, onClose, onKept } = props;
  const { data: all } = useQuery(sourcesQuery(tenant));
  const [first] = useState(() => (draft ? fieldsOf(draft) : brought ? fieldsOf(brought) : FIRST));
  const [fields, setFields] = useState(first);
  // What a template brought is kept nowhere yet.
  const isChanged = brought !== null || JSON.stringify(fields) !== JSON.stringify(first);
  const [isLeaving, setLeaving] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const set = (name: string) => (value: string) => setFields({ ...fields, [name]: value });
  const kind = fields.kind ?? "evidence";
  const source = fields.source || all?.[0]?.id || "";
  const host = fields.host || hosts[0] || "";
  const submit = async () => {
    const written = draftOf({ ...fields, source, host });
    await api("PUT", `${path}/claims/${encodeURIComponent(written.id)}`, written);
    await onKept();
  };
  const problem = error === null ? null : Problem.of(error);
  const wrongIn = problem?.code === "claim_words_refused" ? WORDS.exec(problem.detail)?.[1] : undefined;
  const wrong = (name: string) => (wrongIn === name ? problem?.detail : undefined);
  const field = (name: string, label: string, more: Partial<FieldProps> = {}) => (
    <Field label={label} value={fields[name] ?? ""} onChange={set(name)} {...more} />
  );
  const kinds = (fields.kinds ?? "").split(" ").filter(Boolean);
  const choose = (id: string, isChosen: boolean) =>
    set("kinds")([...kinds.filter((one) => one !== id), ...(isChosen ? [id] : [])].join(" "));
  return (
    <section className={css.row} aria-label={draft ? `Change ${draft.id}` : "New claim"}>
      <h2>{draft ? `Change ${draft.id}` : "New claim"}</h2>
      {problem && !wrongIn && <ErrorBox error={error} />}
      <Form verb="Keep draft" onSubmit={submit} onError={setError}>
        <div className={kit.pair}>
          {field("id", "Id", {
            help: "OWN- and capitals, digits and hyphens, such as OWN-LOCKOUT.",
            isReadOnly: draft !== null,
            mono: true,
            maxLength: 40,
          })}
          {field("title", "Title", { maxLength: 80, wrong: wrong("title") })}
        </div>
        <Area
          label="Sentence"
          help="What everybody reads. It ends with a full stop. No superlatives, no guarantees, no times without a number."
          value={fields.sentence ?? ""}
          onChange={set("sentence")}
          max={400}
          wrong={wrong("sentence")}
        />
        <Area
          label="What it does not say"
          value={fields.limits ?? ""}
          onChange={set("limits")}
          max={1000}
          wrong={wrong("limits")}
        />
        <div className={kit.pair}>
          <Select
            label="Part of the page"
            options={GROUP_IDS.map((id) => ({ id, name: groupName(id) }))}
            value={fields.group ?? "users"}
            onChange={set("group")}
          />
          <Select label="What stands behind it" options={KINDS} value={kind} onChange={set("kind")} />
        </div>
        {(kind === "evidence" || kind === "sequence") && (
          <div className={kit.pair}>
            <Select
              label="Source"
              options={(all ?? []).map((one) => ({ id: one.id, name: one.name }))}
              value={source}
              onChange={set("source")}
            />
            {field("windowMinutes", "Minutes to look back over", { type: "number", help: "60 to 10,080." })}
          </div>
        )}
        {kind === "evidence" && (
          <>
            {field("query", "Query", { help: "As in a search.", mono: true, maxLength: 4096 })}
            <div className={kit.pair}>
              {field("atLeast", "At least so many records", { type: "number" })}
              {field("atMost", "At most so many records", { type: "number" })}
            </div>
          </>
        )}
        {kind === "sequence" && (
          <>
            {field("trigger", "Records of the burst", {
              help: "A query, as in a search.",
              mono: true,
              maxLength: 4096,
            })}
            <div className={kit.pair}>
              {field("burst", "So many make a burst", { type: "number" })}
              {field("withinSeconds", "Within so many seconds", { type: "number" })}
            </div>
            {field("follows", "Records that answer it", {
              help: "A query, as in a search.",
              mono: true,
              maxLength: 4096,
            })}
            <div className={kit.pair}>
              {field("answerSeconds", "Within so many seconds after it", { type: "number" })}
              {field("groupBy", "Field that tells bursts apart", {
                help: "Such as account. Without one, all records are one group.",
                mono: true,
                maxLength: 200,
              })}
            </div>
          </>
        )}
        {kind === "probe" &&
          (hosts.length === 0 ? (
            <Note tone="warn">
              <p>There is no host yet. Add one on the page before, and let it show that it is yours.</p>
            </Note>
          ) : (
            <>
              <Select
                label="Host"
                options={hosts.map((one) => ({ id: one, name: one }))}
                value={host}
                onChange={set("host")}
              />
              {PROBES.map((one) => (
                <Checkbox
                  key={one.id}
                  isSelected={kinds.includes(one.id)}
                  onChange={(isChosen) => choose(one.id, isChosen)}
                >
                  {one.name}
                </Checkbox>
              ))}
            </>
          ))}
        {kind === "attested" &&
          field("maxDays", "Days for which a signature counts", { type: "number", help: "1 to 366." })}
      </Form>
      <p>
        <Button onPress={() => (isChanged ? setLeaving(true) : onClose())}>Back to the claims</Button>
      </p>
      <Confirm
        title={UNKEPT}
        verb="Leave"
        isOpen={isLeaving}
        onClose={() => setLeaving(false)}
        onConfirm={async () => onClose()}
      >
        {LOST}
      </Confirm>
      <AskToLeave isChanged={isChanged} title={UNKEPT}>
        {LOST}
      </AskToLeave>
    </section>
  );
}
