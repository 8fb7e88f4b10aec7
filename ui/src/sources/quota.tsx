// How much comes in, and how much may: of a source, and of all sources of an organization.

import { queryOptions, useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { api, Problem } from "../api/client";
import type { Quota, QuotaInput, QuotaPeriod, QuotaState } from "../api/described";
import { tenantPath, useMay } from "../api/people";
import { queries } from "../api/queries";
import type { Source } from "../api/types";
import { Field, Select, TextLink } from "../kit/controls";
import { Confirm } from "../kit/dialog";
import { Asked, muted, OnlyLooks, Panel, pair, row, stack } from "../kit/page";
import { Badge, ErrorBox, Note, type Tone } from "../kit/states";
import { Ago } from "../kit/time";
import { toast } from "../kit/toast";
import { useMe } from "../shell/shell";
import { Form } from "../sign-in/ways";
import { useMayWith } from "./may";
import { bytesOf, refusesAtOnce, UNIT_NAMES, type Unit, volumeWords, written } from "./volume";
import { VolumeFigure } from "./volume-figure";

const TITLE = "Volume and quota";
const HELP =
  "Counted are the bytes of records as they come, by UTC day of arrival, before anything is masked in them or read out of them.";

const quotaAt = (path: string) =>
  queryOptions({
    queryKey: ["quota", path],
    queryFn: ({ signal }) => api<Quota>("GET", path, undefined, signal),
  });

export function SourceQuota({ source }: { source: Source }) {
  const may = useMayWith(source.id);
  const [maySee, mayChange] = [may("source:view"), may("source:configure")];
  const path = `/v1/sources/${source.id}/quota`;
  const asked = useQuery({ ...quotaAt(path), enabled: maySee === true });
  if (maySee !== true || mayChange === undefined) return null;
  return (
    <Panel title={TITLE} help={HELP}>
      <Asked of={asked} what="how much came in">
        {(quota) => (
          <OneQuota quota={quota} path={path} of={source.name} right={mayChange ? null : "source:configure"}>
            <OfAll />
          </OneQuota>
        )}
      </Asked>
    </Panel>
  );
}

export function TenantQuota({ tenant }: { tenant: string }) {
  const [maySee, mayChange] = [useMay("tenant:view"), useMay("sources:create")];
  const path = tenantPath(tenant, "/quota");
  const asked = useQuery({ ...quotaAt(path), enabled: maySee === true });
  if (maySee !== true || mayChange === undefined) return null;
  return (
    <Panel title={`${TITLE} of all sources`} help={`${HELP} A source is bounded by its own quota as well.`}>
      <Asked of={asked} what="how much came in">
        {(quota) => <OneQuota quota={quota} path={path} of="all sources" right={mayChange ? null : "sources:create"} />}
      </Asked>
    </Panel>
  );
}

/** That the quota of all sources is nearly used, or refuses what comes to this one too. */
function OfAll() {
  const me = useMe();
  const maySee = useMay("tenant:view") === true && me.tenant !== null;
  const { data } = useQuery({ ...quotaAt(tenantPath(me.tenant ?? "", "/quota")), enabled: maySee });
  if (!data || data.state === "ok") return null;
  return (
    <Note tone={STATES[data.state].tone}>
      <p>
        Of all sources together: {volumeWords(data)}{" "}
        {data.state === "refusing" && "What comes to this source is refused with that of the others. "}
        <TextLink href="/app/sources">All sources</TextLink>
      </p>
    </Note>
  );
}

const STATES: Record<QuotaState, { tone: Tone; name: string }> = {
  ok: { tone: "good", name: "within the quota" },
  near: { tone: "warn", name: "nearly used up" },
  reached: { tone: "bad", name: "used up, still taken" },
  refusing: { tone: "bad", name: "used up, refused" },
};

type Of = { quota: Quota; path: string; of: string; right: string | null; children?: ReactNode };

function OneQuota({ quota, path, of, right, children }: Of) {
  const { bytes, period, state } = quota;
  return (
    <>
      {bytes === null ? (
        <p>
          {volumeWords(quota)} There is no quota: whatever comes is taken
          {children ? ", as far as the quota of all sources goes" : ""}.
        </p>
      ) : (
        <>
          <VolumeFigure quota={{ ...quota, bytes }} what={`Volume of ${of}`} />
          <p className={row}>
            <Badge tone={STATES[state].tone}>{STATES[state].name}</Badge>
            <span className={muted}>
              The next {period} begins <Ago at={quota.resets_at} />, at midnight UTC. At 80 and 100 % owners and admins
              are told; from 120 % on what comes is refused.
            </span>
          </p>
        </>
      )}
      {state === "refusing" && (
        <Note tone="bad">
          <p>
            What comes to {of} is refused until the next {period} begins <Ago at={quota.resets_at} />, or the quota is
            raised. Senders are told so and may keep what they have; what comes by syslog is lost. What was taken before
            can be searched as ever.
          </p>
        </Note>
      )}
      {children}
      {right === null ? (
        <Edit quota={quota} path={path} of={of} />
      ) : (
        <OnlyLooks right={right} what="change the quota" />
      )}
    </>
  );
}

type Bound = QuotaPeriod | "none";
const BOUNDS: readonly { id: Bound; name: string; help?: string }[] = [
  { id: "none", name: "not at all" },
  { id: "day", name: "by day", help: "of the UTC calendar" },
  { id: "month", name: "by month", help: "of the UTC calendar" },
];

const shown = ({ bytes, period }: Quota): { bound: Bound; text: string; unit: Unit } =>
  bytes === null ? { bound: "none", text: "", unit: "GB" } : { bound: period, ...written(bytes) };

function Edit({ quota, path, of }: Omit<Of, "right">) {
  const first = shown(quota);
  const [bound, setBound] = useState<Bound>(first.bound);
  const [text, setText] = useState(first.text);
  const [unit, setUnit] = useState<Unit>(first.unit);
  const [error, setError] = useState<unknown>(null);
  const [wrong, setWrong] = useState<string>();
  const [isAsking, setAsking] = useState(false);
  const bytes = bound === "none" ? null : bytesOf(text, unit);
  const wanted: Required<QuotaInput> = { bytes, period: bound === "none" ? quota.period : bound };
  const isSame = wanted.bytes === quota.bytes && wanted.period === quota.period && (bound === "none" || bytes !== null);
  const put = async (asked: QuotaInput) =>
    queries.setQueryData(quotaAt(path).queryKey, await api<Quota>("PUT", path, asked));
  const undo = async () => {
    try {
      await put({ bytes: quota.bytes, period: quota.period });
      setBound(first.bound);
      setText(first.text);
      setUnit(first.unit);
      toast(`The quota of ${of} is as it was before`);
    } catch (failed) {
      toast(Problem.of(failed).detail, { kind: "failed" });
    }
  };
  const save = async () => {
    await put(wanted);
    const words = wanted.bytes === null ? `There is no quota of ${of} any more` : `The quota of ${of} is saved`;
    toast(`${words}; it counts from the next request on`, { undo: () => void undo() });
  };
  const failed = (error: unknown) => {
    const ofAmount = error instanceof Problem && error.code === "quota_invalid";
    setWrong(ofAmount ? error.detail : undefined);
    setError(ofAmount ? null : error);
  };
  const submit = async () => {
    if (bound !== "none" && bytes === null) {
      setWrong("Write an amount such as 500 or 1.5, of at most 9,007 TB.");
      return;
    }
    if (refusesAtOnce(quota, wanted)) setAsking(true);
    else await save();
  };
  return (
    <div className={stack}>
      {error !== null && <ErrorBox error={error} />}
      <Form verb="Save quota" onSubmit={submit} onError={failed} isDisabled={isSame}>
        <div className={pair}>
          <Select label="What comes in is bounded" options={BOUNDS} value={bound} onChange={setBound} />
          {bound !== "none" && (
            <>
              <Field
                label="To at most"
                value={text}
                onChange={setText}
                wrong={wrong}
                inputMode="decimal"
                maxLength={32}
              />
              <Select label="Unit" options={UNIT_NAMES} value={unit} onChange={setUnit} />
            </>
          )}
        </div>
      </Form>
      <Confirm
        title="Refuse what comes from now on?"
        verb="Save quota and refuse"
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        onConfirm={save}
      >
        {volumeWords({ ...quota, ...wanted })} From 120 % on what comes to {of} is refused, until the next{" "}
        {wanted.period} begins. What senders do not keep is lost.
      </Confirm>
    </div>
  );
}
