// The fields of what is found, and the values of one of them.

import { useQuery } from "@tanstack/react-query";
import { address, api } from "../api/client";
import type { FieldsAnswer, FieldValues } from "../api/types";
import { ErrorBox, Waiting } from "../kit/states";
import { type FieldActions, FieldList, ValueList } from "./field-list";
import css from "./logs.module.css";
import { aboutOf } from "./precision";
import type { Window } from "./view";

/** `look` is when; the same question asked again is another one. */
export type Asked = { source: string; query: string; window: Window; look: number };

const VALUES_SHOWN = 10;

export function FieldsPanel({ asked, actions }: { asked: Asked; actions: FieldActions }) {
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
  const { why } = aboutOf(data?.precision);
  return (
    <>
      <h2>
        Fields{" "}
        <span className={css.small} title={why}>
          {data && (why ? "approximate" : "exact")}
        </span>
      </h2>
      {error ? (
        <ErrorBox error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Waiting>Asking for the fields …</Waiting>
      ) : (
        <FieldList
          {...actions}
          fields={data.fields}
          precision={data.precision}
          none="There are no fields."
          values={(name) => <Values asked={asked} name={name} actions={actions} />}
        />
      )}
    </>
  );
}

function Values({ asked, name, actions }: { asked: Asked; name: string; actions: FieldActions }) {
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
  return <ValueList {...actions} name={name} of={data} precision={data.precision} />;
}
