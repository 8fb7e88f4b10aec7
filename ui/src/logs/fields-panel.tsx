// The fields of what is found, and the values of one of them.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { address, api } from "../api/client";
import type { FieldsAnswer, FieldValues } from "../api/types";
import { Button, Field } from "../kit/controls";
import { ErrorBox, Meter, Waiting } from "../kit/states";
import { flat } from "../kit/text";
import { short } from "../kit/time";
import css from "./logs.module.css";
import { written } from "./record";
import { term, type Window } from "./view";

/** `look` is when; the same question asked again is another one. */
export type Asked = { source: string; query: string; window: Window; look: number };

const FIELDS_SHOWN = 200;
const VALUES_SHOWN = 10;

export function FieldsPanel(props: {
  asked: Asked;
  opened: string | null;
  onOpen: (name: string | null) => void;
  columns: readonly string[];
  onColumn: (name: string) => void;
  onFilter: (condition: string, keep: "in" | "out") => void;
}) {
  const { asked, opened, onOpen } = props;
  const [wanted, setWanted] = useState("");
  const { data, error, refetch } = useQuery({
    queryKey: ["fields", asked],
    queryFn: ({ signal }) =>
      api<FieldsAnswer>(
        "GET",
        address(`/v1/sources/${asked.source}/fields`, { q: asked.query, ...asked.window }),
        undefined,
        signal,
      ),
  });
  const fields = (data?.fields ?? []).filter((field) => field.name.toLowerCase().includes(wanted.toLowerCase()));
  return (
    <>
      <h2>
        Fields <span className={css.small}>{data?.precision}</span>
      </h2>
      {error ? (
        <ErrorBox error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Waiting>Asking for the fields …</Waiting>
      ) : (
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
            <p className={css.small}>{data.fields.length ? "No field is called that." : "There are no fields."}</p>
          )}
          <ul>
            {fields.slice(0, FIELDS_SHOWN).map((field) => (
              <li key={field.name}>
                <button
                  type="button"
                  className={css.fieldRow}
                  aria-expanded={opened === field.name}
                  onClick={() => onOpen(opened === field.name ? null : field.name)}
                >
                  <span>{flat(field.name) || "(no name)"}</span>
                  <span>{short(field.records)}</span>
                </button>
                {opened === field.name && <Values {...props} name={field.name} />}
              </li>
            ))}
          </ul>
          {fields.length > FIELDS_SHOWN && (
            <p className={css.small}>{fields.length - FIELDS_SHOWN} more; write a part of the name.</p>
          )}
        </>
      )}
    </>
  );
}

function Values(props: {
  asked: Asked;
  name: string;
  columns: readonly string[];
  onColumn: (name: string) => void;
  onFilter: (condition: string, keep: "in" | "out") => void;
}) {
  const { asked, name, onFilter } = props;
  const { data, error, refetch } = useQuery({
    queryKey: ["values", asked, name],
    queryFn: ({ signal }) => {
      const path = `/v1/sources/${asked.source}/fields/${encodeURIComponent(name)}`;
      return api<FieldValues>(
        "GET",
        address(path, { q: asked.query, ...asked.window, limit: VALUES_SHOWN }),
        undefined,
        signal,
      );
    },
  });
  if (error) return <ErrorBox error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting>Counting values …</Waiting>;
  return (
    <div className={css.values}>
      <p className={css.small}>
        {data.precision}: {short(data.present)} of {short(data.records)} have it,{" "}
        {data.distinct === null ? "more than 10,000 values" : `${short(data.distinct)} values`}
        {data.numbers && `, ${short(data.numbers.min)} to ${short(data.numbers.max)}, mean ${short(data.numbers.mean)}`}
      </p>
      {data.top.map(({ value, count }) => {
        const text = flat(written(value).slice(0, 200)) || "(empty)";
        const share = data.present ? count / data.present : 0;
        const percent = `${Math.round(share * 100)} %`;
        return (
          <div key={JSON.stringify(value)}>
            <div className={css.value}>
              <span title={text}>{text}</span>
              <span className={css.small}>{percent}</span>
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
            <Meter share={share} label={`${percent} of those that have it`} />
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
