// Makes an alert, or says it anew; what it would have done is drawn while it is written.

import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";
import { api, Problem } from "../api/client";
import { tenantPath, useMay } from "../api/people";
import { queries, sources as sourcesQuery } from "../api/queries";
import type { Source } from "../api/types";
import {
  type Alert,
  type AlertForm as AlertSpec,
  alert as alertQuery,
  alerts as alertsQuery,
  type Comparison,
  destinations as destinationsQuery,
} from "../api/watching";
import { Checkbox, Field, LinkButton, Select, TextLink } from "../kit/controls";
import { Asked, muted, OnlyLooks, Page, Panel } from "../kit/page";
import { Badge, Empty, ErrorBox } from "../kit/states";
import { toast } from "../kit/toast";
import { QueryField } from "../logs/query-field";
import { window as windowOf } from "../logs/view";
import { useMe } from "../shell/shell";
import { Form } from "../sign-in/ways";
import css from "./alerts.module.css";
import { Preview, usePreview } from "./preview";
import { COMPARISONS, minutes } from "./words";

const RIGHT = "alerts:manage";
const WINDOWS = [1, 2, 5, 10, 15, 30, 60, 180, 360, 720, 1_440];
const DESTINATIONS_MAX = 5;
// Long enough to have written the number.
const SETTLE_MS = 700;

export function NewAlert() {
  const me = useMe();
  const given = useSearch({ from: "/inside/alerts/new" });
  const navigate = useNavigate();
  const asked = useQuery({ ...sourcesQuery(me.tenant ?? ""), enabled: me.tenant !== null });
  const may = useMay(RIGHT);
  const save = async (spec: AlertSpec) => {
    const made = await api<Alert>("POST", tenantPath(me.tenant ?? "", "/alerts"), spec);
    await queries.invalidateQueries({ queryKey: alertsQuery(me.tenant).queryKey });
    await navigate({ to: "/alerts/$alert", params: { alert: made.id } });
  };
  return (
    <Page title="New alert">
      {may === false ? (
        <OnlyLooks right={RIGHT} what="make an alert" />
      ) : (
        <Asked of={asked} what="the sources">
          {(sources) =>
            sources.length === 0 ? (
              <Empty title="No sources yet" action={<LinkButton href="/app/sources">Sources</LinkButton>}>
                An alert counts records of a source.
              </Empty>
            ) : (
              <Editor
                spec={{
                  name: "",
                  source: sources.find((one) => one.id === given.s)?.id ?? sources[0]?.id ?? "",
                  query: given.q ?? "",
                  comparison: "at_least",
                  threshold: 1,
                  window_minutes: 5,
                  destinations: [],
                }}
                sources={sources}
                verb="Make alert"
                onSave={save}
                onCancel={() => void navigate({ to: "/alerts" })}
              />
            )
          }
        </Asked>
      )}
    </Page>
  );
}

export function ChangeAlert() {
  const me = useMe();
  const { alert: id } = useParams({ from: "/inside/alerts/$alert/change" });
  const navigate = useNavigate();
  const asked = useQuery({ ...alertQuery(me.tenant ?? "", id), enabled: me.tenant !== null });
  const sources = useQuery({ ...sourcesQuery(me.tenant ?? ""), enabled: me.tenant !== null });
  const may = useMay(RIGHT);
  const back = () => navigate({ to: "/alerts/$alert", params: { alert: id } });
  const save = async (spec: AlertSpec) => {
    await api("PUT", tenantPath(me.tenant ?? "", `/alerts/${id}`), spec);
    await queries.invalidateQueries({ queryKey: alertsQuery(me.tenant).queryKey });
    toast(`Alert ${spec.name} is changed; you keep it from now on`);
    await back();
  };
  return (
    <Page title={asked.data ? `Change “${asked.data.name}”` : "Change alert"}>
      {may === false ? (
        <OnlyLooks right={RIGHT} what="change an alert" />
      ) : (
        <Asked of={asked} what="the alert">
          {({ name, source, query, comparison, threshold, window_minutes, destinations }) => (
            <Asked of={sources} what="the sources">
              {(sources) => (
                <Editor
                  spec={{ name, source, query, comparison, threshold, window_minutes, destinations }}
                  sources={sources}
                  verb="Save alert"
                  onSave={save}
                  onCancel={() => void back()}
                />
              )}
            </Asked>
          )}
        </Asked>
      )}
    </Page>
  );
}

type EditorProps = {
  spec: AlertSpec;
  sources: readonly Source[];
  verb: string;
  onSave: (spec: AlertSpec) => Promise<unknown>;
  onCancel: () => void;
};

function Editor({ spec, sources, verb, onSave, onCancel }: EditorProps) {
  const me = useMe();
  const [name, setName] = useState(spec.name);
  const [source, setSource] = useState(spec.source);
  const [query, setQuery] = useState(spec.query);
  const [comparison, setComparison] = useState<Comparison>(spec.comparison);
  const [written, setWritten] = useState(String(spec.threshold));
  const [window, setWindow] = useState(spec.window_minutes);
  const [told, setTold] = useState<readonly string[]>(spec.destinations);
  const [error, setError] = useState<unknown>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const threshold = /^\d{1,10}$/.test(written.trim()) ? Number(written) : null;
  const wrong = wrongThreshold(threshold, comparison);

  const rule = useMemo(
    () => (threshold === null || wrong ? null : { source, query, comparison, threshold, window_minutes: window }),
    [source, query, comparison, threshold, window, wrong],
  );
  const settled = useSettled(rule);
  const preview = usePreview(me.tenant, settled);
  const look = useMemo(() => Date.now(), []);
  const asked = useMemo(
    () => ({ source, query, look, window: windowOf({ from: "now-24h" }, look) }),
    [source, query, look],
  );
  // An error in the query is said at its place.
  const inQuery = [error, preview.error].find((one) => one instanceof Problem && one.at !== undefined) ?? null;
  const commit = (text: string) => {
    if (text === query) return;
    setQuery(text);
    setError(null);
  };
  const submit = async () => {
    if (!rule) return;
    const query = field.current?.value.trim() ?? rule.query;
    setQuery(query);
    await onSave({ ...rule, query, name: name.trim(), destinations: [...told] });
  };
  const options = [...new Set([...WINDOWS, window])].sort((a, b) => a - b);
  return (
    <Form onCancel={onCancel} verb={verb} onSubmit={submit} onError={setError} isDisabled={!name.trim() || !rule}>
      <Panel title="What it counts">
        {error !== null && inQuery !== error && <ErrorBox error={error} />}
        <div className={css.rules}>
          <Field label="Name" value={name} onChange={setName} maxLength={64} isRequired autoFocus={spec.name === ""} />
          <Select label="Source" options={sources} value={source} onChange={setSource} />
        </div>
        <div className={css.form}>
          <p>
            <span className={css.label}>Records that match</span>{" "}
            <span className={muted}>in the language of searches; without words, every record counts</span>
          </p>
          <div>
            <QueryField query={query} asked={asked} onRun={commit} onLeave={commit} error={inQuery} field={field} />
          </div>
        </div>
        <div className={css.rules}>
          <Select label="Alerts on" options={COMPARISONS} value={comparison} onChange={setComparison} />
          <Field
            label="Records"
            value={written}
            onChange={setWritten}
            inputMode="numeric"
            maxLength={10}
            wrong={written === "" ? undefined : wrong}
            isRequired
          />
          <Select
            label="In a window of"
            options={options.map((some) => ({ id: String(some), name: minutes(some) }))}
            value={String(window)}
            onChange={(some) => setWindow(Number(some))}
          />
        </div>
      </Panel>
      <Panel title="The last 24 hours">
        {inQuery ? (
          <p className={muted}>The query cannot be read; its place is marked above.</p>
        ) : (
          <Preview asked={preview} rule={settled} />
        )}
      </Panel>
      <Told value={told} onChange={setTold} />
    </Form>
  );
}

function wrongThreshold(threshold: number | null, comparison: Comparison): string | undefined {
  if (threshold === null) return "A whole number.";
  if (threshold === 0 && comparison === "at_least") return "There are always at least 0; from 1 on it says something.";
  return threshold > 1_000_000_000 ? "At most 1,000,000,000." : undefined;
}

function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

function Told({ value, onChange }: { value: readonly string[]; onChange: (value: readonly string[]) => void }) {
  const me = useMe();
  const asked = useQuery(destinationsQuery(me.tenant));
  return (
    <Panel
      title="Who is told"
      help={`When it begins and when it is over; ${DESTINATIONS_MAX} at most. No record leaves: only the count, and a link for those who may read.`}
    >
      <Asked of={asked} what="where alerts can be told">
        {(all) => (
          <>
            {all.map((one) => (
              <Checkbox
                key={one.id}
                isSelected={value.includes(one.id)}
                isDisabled={!value.includes(one.id) && value.length >= DESTINATIONS_MAX}
                onChange={(on) => onChange(on ? [...value, one.id] : value.filter((id) => id !== one.id))}
              >
                {one.name} <span className={muted}>{one.kind}</span>
                {one.confirmed === false && <Badge tone="warn">not confirmed yet</Badge>}
              </Checkbox>
            ))}
            <p className={muted}>
              {all.length === 0 && "Nowhere yet: its state shows on this console alone. "}
              <TextLink href="/app/alerts/destinations">Where alerts can be told</TextLink>
            </p>
          </>
        )}
      </Asked>
    </Panel>
  );
}
