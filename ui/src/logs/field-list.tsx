// Fields with how many records have them, and the values of the one that is open: counted by the server, or here.

import { type KeyboardEvent, type ReactNode, useMemo, useState } from "react";
import type { FieldValues } from "../api/types";
import { Button, Field } from "../kit/controls";
import { Meter } from "../kit/states";
import { flat } from "../kit/text";
import { percent, short } from "../kit/time";
import css from "./logs.module.css";
import { aboutOf } from "./precision";
import { written } from "./record";
import { term } from "./view";

const FIELDS_SHOWN = 200;
// `f2` before `f10`.
const byName = new Intl.Collator("en", { numeric: true });

/** What can be done with a field, and which one is open. */
export type FieldActions = {
  opened: string | null;
  onOpen: (name: string | null) => void;
  columns: readonly string[];
  onColumn: (name: string) => void;
  onFilter: (condition: string, keep: "in" | "out") => void;
};

export function FieldList(
  props: FieldActions & {
    fields: readonly { name: string; records: number }[];
    /** How sure their counts are, where the server says so. */
    precision?: string;
    none: string;
    values: (name: string) => ReactNode;
  },
) {
  const { opened, onOpen } = props;
  const { about, why } = aboutOf(props.precision);
  const [wanted, setWanted] = useState("");
  const sorted = useMemo(() => [...props.fields].sort((a, b) => byName.compare(a.name, b.name)), [props.fields]);
  const fields = sorted.filter((field) => field.name.toLowerCase().includes(wanted.toLowerCase()));
  const shown = fields.slice(0, FIELDS_SHOWN);
  // One stop of Tab for all of them.
  const [last, setLast] = useState<string | null>(null);
  const stop = (shown.find((field) => field.name === last) ?? shown[0])?.name;
  return (
    <>
      <Field
        label="Find a field"
        hideLabel
        placeholder="Find a field"
        value={wanted}
        onChange={setWanted}
        type="search"
      />
      {fields.length === 0 && (
        <p className={css.small}>{props.fields.length ? "No field is called that." : props.none}</p>
      )}
      <ul aria-label="Fields" onKeyDown={move}>
        {shown.map((field) => (
          <li key={field.name}>
            <button
              type="button"
              className={css.fieldRow}
              data-field=""
              tabIndex={field.name === stop ? 0 : -1}
              onFocus={() => setLast(field.name)}
              aria-expanded={opened === field.name}
              onClick={() => onOpen(opened === field.name ? null : field.name)}
            >
              <span>{flat(field.name) || "(no name)"}</span>
              <span title={why}>
                {about}
                {short(field.records)}
              </span>
            </button>
            {opened === field.name && props.values(field.name)}
          </li>
        ))}
      </ul>
      {fields.length > FIELDS_SHOWN && (
        <p className={css.small}>{fields.length - FIELDS_SHOWN} more; write a part of the name.</p>
      )}
    </>
  );
}

/** From one field to another, past the values of what is open. */
function move(event: KeyboardEvent<HTMLElement>) {
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-field]")];
  const at = all.indexOf(event.target as HTMLElement);
  if (at < 0) return;
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  all[to]?.focus();
}

export type Counted = Pick<FieldValues, "present" | "records" | "distinct" | "top"> & {
  numbers?: FieldValues["numbers"];
};

export function ValueList(
  props: Omit<FieldActions, "opened" | "onOpen"> & { name: string; of: Counted; precision?: string },
) {
  const { of, name, onFilter, precision } = props;
  const { about, why } = aboutOf(precision);
  return (
    <div className={css.values}>
      <p className={css.small} title={why}>
        {precision && !why && "exact: "}
        {about}
        {short(of.present)} of {about}
        {short(of.records)} have it,{" "}
        {of.distinct === null ? "more than 10,000 values" : `${about}${short(of.distinct)} values`}
        {of.numbers && `, ${short(of.numbers.min)} to ${short(of.numbers.max)}, mean ${short(of.numbers.mean)}`}
      </p>
      {of.top.map(({ value, count }) => {
        const text = flat(written(value).slice(0, 200)) || "(empty)";
        const share = of.present ? count / of.present : 0;
        return (
          <div key={JSON.stringify(value)}>
            <div className={css.value}>
              <span title={text}>{text}</span>
              <span className={css.small} title={why}>
                {about}
                {percent(share)}
              </span>
              <Button
                size="small"
                icon
                look="quiet"
                aria-label={`Only where ${name} is ${text}`}
                onPress={() => onFilter(term(name, value), "in")}
              >
                +
              </Button>
              <Button
                size="small"
                icon
                look="quiet"
                aria-label={`Without ${name} being ${text}`}
                onPress={() => onFilter(term(name, value), "out")}
              >
                −
              </Button>
            </div>
            <Meter share={share} label={`${percent(share)} of those that have it`} />
          </div>
        );
      })}
      <div>
        <Button size="small" onPress={() => props.onColumn(name)} pressed={props.columns.includes(name)}>
          Column
        </Button>
      </div>
    </div>
  );
}
