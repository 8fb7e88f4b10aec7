// One rule of a pipeline as a form: its conditions, and for each kind of action the fields that it has.

import { useState } from "react";
import type { PipelineRule } from "../api/described";
import { Button, Field, RowButton, Select } from "../kit/controls";
import { Dialog } from "../kit/dialog";
import { muted, Panel, pair, row, stack } from "../kit/page";
import { Note } from "../kit/states";
import { Form } from "../sign-in/ways";
import {
  ACTIONS,
  type ActionFields,
  actionFields,
  actionOf,
  type ConditionFields,
  conditionFields,
  conditionOf,
  FORMATS,
  isWhole,
  NO_ACTION,
  NO_CONDITION,
  ofNothing,
  ofValue,
  TESTS,
  VALUE_KINDS,
} from "./pipeline";

const CONDITIONS_MAX = 8;
const NO_NUMBER = "Write a number, such as 404 or 0.5, with at most 15 digits.";

/** Keeps nothing by itself: whoever opens it puts the rule where it belongs. */
export function RuleForm(props: {
  rule: PipelineRule | null;
  isOpen: boolean;
  onClose: () => void;
  onKeep: (rule: PipelineRule) => void;
}) {
  return (
    <Dialog title={props.rule ? "Change rule" : "New rule"} isOpen={props.isOpen} onClose={props.onClose} isKept wide>
      <Fields {...props} />
    </Dialog>
  );
}

type Numbered = ConditionFields & { key: number };

function Fields({ rule, onClose, onKeep }: Omit<Parameters<typeof RuleForm>[0], "isOpen">) {
  const [name, setName] = useState(rule?.name ?? "");
  const [when, setWhen] = useState<readonly Numbered[]>(
    (rule?.when ?? []).map((condition, key) => ({ ...conditionFields(condition), key })),
  );
  const [action, setAction] = useState<ActionFields>(rule ? actionFields(rule.then) : NO_ACTION);
  const [isTried, setTried] = useState(false);
  const conditions = when.map(conditionOf);
  const then = actionOf(action);
  const isReady =
    name.trim() !== "" &&
    isWhole(action) &&
    when.every(({ field, test, text, kind }) => field.trim() && (ofValue(test) || ofNothing(test) || text) && kind);
  const keep = async () => {
    setTried(true);
    const whole = conditions.filter((condition) => condition !== null);
    if (!then || whole.length < conditions.length) return;
    onKeep({ name: name.trim(), when: whole, then });
    onClose();
  };
  return (
    <Form verb="Keep rule" onCancel={onClose} onSubmit={keep} onError={() => {}} isDisabled={!isReady}>
      <Field
        label="Name"
        help="Counts go by it: another name begins at 0."
        value={name}
        onChange={setName}
        maxLength={64}
        autoFocus
        isRequired
      />
      <Panel
        title="Where"
        help={
          when.length === 0 ? "Without a condition the rule is done to every record." : "All of these have to hold."
        }
        actions={
          <Button
            size="small"
            isDisabled={when.length >= CONDITIONS_MAX}
            onPress={() =>
              setWhen([...when, { ...NO_CONDITION, key: 1 + Math.max(-1, ...when.map(({ key }) => key)) }])
            }
          >
            Add condition
          </Button>
        }
      >
        {when.map((condition, at) => (
          <Condition
            key={condition.key}
            at={at}
            condition={condition}
            isWrong={isTried && conditions[at] === null}
            onChange={(changed) => setWhen(when.with(at, { ...changed, key: condition.key }))}
            onRemove={() => setWhen(when.toSpliced(at, 1))}
          />
        ))}
      </Panel>
      <Panel title="Then">
        <Select
          label="Action"
          options={ACTIONS}
          value={action.kind}
          onChange={(kind) => setAction({ ...action, kind })}
        />
        <Action action={action} isWrong={isTried && then === null} onChange={setAction} />
      </Panel>
    </Form>
  );
}

function Condition(props: {
  at: number;
  condition: ConditionFields;
  isWrong: boolean;
  onChange: (condition: ConditionFields) => void;
  onRemove: () => void;
}) {
  const { condition, onChange } = props;
  const { test, kind } = condition;
  const set = (some: Partial<ConditionFields>) => onChange({ ...condition, ...some });
  const hasText = !ofNothing(test) && (!ofValue(test) || kind === "text" || kind === "number");
  return (
    <div className={stack} role="group" aria-label={`Condition ${props.at + 1}`}>
      <div className={pair}>
        <Field label="Field" value={condition.field} onChange={(field) => set({ field })} mono isRequired />
        <Select label="Test" options={TESTS} value={test} onChange={(test) => set({ test })} />
        {ofValue(test) && (
          <Select label="Kind of value" options={VALUE_KINDS} value={kind} onChange={(kind) => set({ kind })} />
        )}
        {hasText && (
          <Field
            label="Value"
            value={condition.text}
            onChange={(text) => set({ text })}
            wrong={props.isWrong ? NO_NUMBER : undefined}
            mono
          />
        )}
      </div>
      <div className={row}>
        <RowButton verb="Remove condition" of={String(props.at + 1)} onPress={props.onRemove} />
      </div>
    </div>
  );
}

type ActionProps = { action: ActionFields; isWrong: boolean; onChange: (action: ActionFields) => void };

function Action({ action, isWrong, onChange }: ActionProps) {
  const set = (some: Partial<ActionFields>) => onChange({ ...action, ...some });
  const field = (label: string, help?: string) => (
    <Field label={label} help={help} value={action.field} onChange={(field) => set({ field })} mono />
  );
  const pattern = (help: string) => (
    <Field
      label="Pattern"
      help={help}
      value={action.pattern}
      onChange={(pattern) => set({ pattern })}
      mono
      isRequired
    />
  );
  switch (action.kind) {
    case "parse":
      return (
        <>
          <div className={pair}>
            {field("Field", "Empty: the message.")}
            <Select
              label="Read by"
              options={[
                { id: "format" as const, name: "a format" },
                { id: "pattern" as const, name: "a pattern" },
              ]}
              value={action.by}
              onChange={(by) => set({ by })}
            />
            {action.by === "format" && (
              <Select label="Format" options={FORMATS} value={action.format} onChange={(format) => set({ format })} />
            )}
          </div>
          {action.by === "pattern" &&
            pattern("A regular expression; what its named groups match becomes fields: ^order (?<order.id>\\d+)")}
          <Field
            label="Under"
            help="A prefix of what is read: with app, a field status becomes app.status. May be empty."
            value={action.into}
            onChange={(into) => set({ into })}
            mono
          />
        </>
      );
    case "rename":
      return (
        <>
          <div className={pair}>
            {field("Field")}
            <Field label="New name" value={action.to} onChange={(to) => set({ to })} mono />
          </div>
          <p className={muted}>
            Where there is a field of the new name already, nothing is done, and it counts as failed.
          </p>
        </>
      );
    case "set":
      return (
        <div className={pair}>
          {field("Field")}
          <Select
            label="Kind of value"
            options={VALUE_KINDS}
            value={action.valueKind}
            onChange={(valueKind) => set({ valueKind })}
          />
          {(action.valueKind === "text" || action.valueKind === "number") && (
            <Field
              label="Value"
              value={action.value}
              onChange={(value) => set({ value })}
              wrong={isWrong ? NO_NUMBER : undefined}
              mono
            />
          )}
        </div>
      );
    case "remove":
      return field("Field", "With what is inside it.");
    case "mask":
      return (
        <>
          {field("Field", "Empty: all texts and numbers of the record.")}
          {pattern("A regular expression; each match is masked.")}
          <Field
            label="Name of the mask"
            help={`In place of a match stands [masked ${action.mask.trim() || "NAME"}].`}
            value={action.mask}
            onChange={(mask) => set({ mask })}
            maxLength={32}
            isRequired
          />
        </>
      );
    case "drop":
      return (
        <Note tone="warn">
          <p>What it drops is kept nowhere, not in a backup either, and nobody can bring it back.</p>
        </Note>
      );
    case "route":
      return (
        <Field
          label="Stream"
          help="It becomes the field log.stream, and the record goes through no further rule."
          value={action.stream}
          onChange={(stream) => set({ stream })}
          isRequired
        />
      );
  }
}
