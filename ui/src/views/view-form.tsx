// Saves a question for the others, or says it anew: its name, and how it is drawn.

import { useState } from "react";
import { api } from "../api/client";
import { tenantPath } from "../api/people";
import { queries } from "../api/queries";
import {
  type GraphShape,
  type Measure,
  type SavedView,
  type ViewForm as Spec,
  savedViews,
  type ViewGraph,
} from "../api/watching";
import { Field, Select } from "../kit/controls";
import { Dialog } from "../kit/dialog";
import { LogLine } from "../kit/log";
import { muted, pair } from "../kit/page";
import { ErrorBox } from "../kit/states";
import { toast } from "../kit/toast";
import { Form } from "../sign-in/ways";
import css from "./views.module.css";
import { MEASURES, SHAPES, timeWords } from "./words";

const NONE = "none";

export function ViewForm(props: {
  tenant: string;
  sourceName: string;
  spec: Spec;
  /** What is said anew; without it a new view is saved. */
  id?: string;
  onClose: () => void;
  onSaved?: (view: SavedView) => void;
}) {
  const { spec, tenant, id } = props;
  const [name, setName] = useState(spec.name);
  const [shape, setShape] = useState<GraphShape | typeof NONE>(spec.graph?.shape ?? NONE);
  const [measure, setMeasure] = useState<Measure>(spec.graph?.measure ?? "count");
  const [field, setField] = useState(spec.graph?.field ?? "");
  const [percentile, setPercentile] = useState(String(spec.graph?.percentile ?? 99));
  const [error, setError] = useState<unknown>(null);
  const graph = shape === NONE ? null : graphOf(shape, measure, field, percentile);
  const submit = async () => {
    if (graph === undefined) return;
    const body = { ...spec, name: name.trim(), graph };
    const path = tenantPath(tenant, id ? `/views/${id}` : "/views");
    const saved = await api<SavedView>(id ? "PUT" : "POST", path, body);
    await queries.invalidateQueries({ queryKey: savedViews(tenant).queryKey });
    toast(id ? `${saved.name} is saved` : `Saved as ${saved.name}`);
    props.onClose();
    props.onSaved?.(saved);
  };
  return (
    <Dialog title={id ? `Change “${spec.name}”` : "Save this view"} isOpen onClose={props.onClose} isKept>
      {error !== null && <ErrorBox error={error} />}
      <Form
        onCancel={props.onClose}
        verb="Save view"
        onSubmit={submit}
        onError={setError}
        isDisabled={!name.trim() || graph === undefined}
      >
        <Field label="Name" value={name} onChange={setName} maxLength={64} autoFocus isRequired />
        <dl className={css.asks}>
          <dt>Source</dt>
          <dd>{props.sourceName}</dd>
          <dt>Query</dt>
          <dd>
            {spec.query ? (
              <code>
                <LogLine text={spec.query} />
              </code>
            ) : (
              "all records"
            )}
          </dd>
          <dt>Time</dt>
          <dd>{timeWords(spec)}</dd>
          {spec.columns.length > 0 && (
            <>
              <dt>Columns</dt>
              <dd>{spec.columns.join(", ")}</dd>
            </>
          )}
        </dl>
        <div className={pair}>
          <Select
            label="Graph"
            options={[{ id: NONE, name: "none" }, ...SHAPES]}
            value={shape}
            onChange={(next) => setShape(next as GraphShape | typeof NONE)}
          />
          {shape !== NONE && <Select label="Of" options={MEASURES} value={measure} onChange={setMeasure} />}
        </div>
        {shape !== NONE && measure !== "count" && (
          <div className={pair}>
            <Field
              label="Field"
              help="One with numbers, such as http.ms"
              value={field}
              onChange={setField}
              mono
              isRequired
            />
            {measure === "percentile" && (
              <Field
                label="Percentile"
                help="From 0 to 100"
                value={percentile}
                onChange={setPercentile}
                inputMode="decimal"
                isRequired
              />
            )}
          </div>
        )}
        <p className={muted}>
          Whoever may read the source sees it, and asks what it asks with their own rights. No record is saved.
        </p>
      </Form>
    </Dialog>
  );
}

/** What is to be drawn, if enough of it is said. */
function graphOf(shape: GraphShape, measure: Measure, field: string, percentile: string): ViewGraph | undefined {
  if (measure === "count") return { shape, measure, field: null, percentile: null };
  if (!field.trim()) return undefined;
  if (measure !== "percentile") return { shape, measure, field: field.trim(), percentile: null };
  const share = Number(percentile.trim().replace(",", "."));
  if (percentile.trim() === "" || !(share >= 0 && share <= 100)) return undefined;
  return { shape, measure, field: field.trim(), percentile: share };
}
