// What the organization demands of sign-ins: a second factor, its own provider; and how long it keeps its audit trail.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api/client";
import { people as peopleQuery, providers as providersQuery, type Settings, tenantOf, useMay } from "../api/people";
import { queries } from "../api/queries";
import { Select } from "../kit/controls";
import { Confirm } from "../kit/dialog";
import { Asked, Fact, Facts, muted, OnlyLooks, Page, Panel, pair } from "../kit/page";
import { Empty, ErrorBox, Note } from "../kit/states";
import { toast } from "../kit/toast";
import { useMe } from "../shell/shell";
import { Form } from "../sign-in/ways";
import { Providers } from "./providers";

const RULING = "sign-in:manage";
const KEEPING = "access:configure";

export function SignInRules() {
  const me = useMe();
  const asked = useQuery(tenantOf(me.tenant));
  const [mayRule, mayKeep] = [useMay(RULING), useMay(KEEPING)];
  if (me.tenant === null) {
    return (
      <Page title="Sign-in">
        <Empty title="No organization">This account is a member of none, so there is nothing to set.</Empty>
      </Page>
    );
  }
  const tenant = me.tenant;
  return (
    <Page title="Sign-in">
      <Asked of={asked} what="the organization's settings">
        {({ settings }) => (
          <>
            {mayRule === true && <Rules key={JSON.stringify(settings)} tenant={tenant} settings={settings} />}
            {mayRule === false && <ShownRules settings={settings} />}
            {mayRule === true && <Providers tenant={tenant} />}
            {mayKeep !== undefined && <Trail tenant={tenant} settings={settings} mayChange={mayKeep} />}
          </>
        )}
      </Asked>
    </Page>
  );
}

const FACTORS = [
  { id: "recommended" as const, name: "recommended", help: "whoever has one is asked for it" },
  { id: "required" as const, name: "required", help: "whoever has none can only set one up" },
];
const SINGLE = [
  { id: "optional" as const, name: "one way among others" },
  { id: "enforced" as const, name: "the only way", help: "but for the owner named below" },
];
const NOBODY = "nobody";

const again = (tenant: string) => queries.invalidateQueries({ queryKey: ["", tenant] });

function ShownRules({ settings }: { settings: Settings }) {
  return (
    <Panel title="Rules">
      <Facts>
        <Fact name="A second factor is">{settings.second_factor}</Fact>
        <Fact name="Single sign-on is">{SINGLE.find((one) => one.id === settings.single_sign_on)?.name}</Fact>
      </Facts>
      <OnlyLooks right={RULING} what="change them, and see the providers" />
    </Panel>
  );
}

function Rules({ tenant, settings }: { tenant: string; settings: Settings }) {
  const maySee = useMay("people:view") === true;
  const people = useQuery({ ...peopleQuery(tenant), enabled: maySee });
  const [factor, setFactor] = useState(settings.second_factor);
  const [single, setSingle] = useState(settings.single_sign_on);
  const [owner, setOwner] = useState(settings.break_glass_owner ?? NOBODY);
  const [error, setError] = useState<unknown>(null);
  const owners = (people.data ?? []).filter((person) =>
    person.roles.some((grant) => grant.role === "owner" && !grant.source),
  );
  const without = (people.data ?? []).filter((person) => !person.second_factor);
  // Whether there are any is known once they were shown, below.
  const { data: providers } = useQuery({ ...providersQuery(tenant), enabled: false });
  const hasWay = single === "enforced" || owner !== NOBODY || (providers ?? []).length > 0;
  const isSame =
    factor === settings.second_factor &&
    single === settings.single_sign_on &&
    owner === (settings.break_glass_owner ?? NOBODY);
  const submit = async () => {
    const rules = {
      second_factor: factor,
      single_sign_on: single,
      break_glass_owner: owner === NOBODY ? null : owner,
    };
    await api("PUT", `/v1/tenants/${tenant}/sign-in`, rules);
    await again(tenant);
    toast("The rules count from the next request on");
  };
  return (
    <Panel title="Rules">
      {error !== null && <ErrorBox error={error} />}
      <Form verb="Save rules" onSubmit={submit} onError={setError} isDisabled={isSame}>
        <div className={pair}>
          <Select label="A second factor is" options={FACTORS} value={factor} onChange={setFactor} />
          <Select label="Single sign-on is" options={SINGLE} value={single} onChange={setSingle} />
          {hasWay && (
            <Select
              label="Signs in without the provider"
              options={[
                { id: NOBODY, name: "nobody" },
                ...owners.map((person) => ({ id: person.id, name: person.name, help: person.email })),
              ]}
              value={owner}
              onChange={setOwner}
            />
          )}
        </div>
        {factor === "required" && settings.second_factor !== "required" && without.length > 0 && (
          <Note tone="warn">
            <p>
              {without.length} of {people.data?.length} can prove none yet and reach nothing until they set one up:{" "}
              {without.map((person) => person.name).join(", ")}.
            </p>
          </Note>
        )}
        {single === "enforced" && settings.single_sign_on !== "enforced" && (
          <Note tone="warn">
            <p>
              Whoever signed in another way reaches nothing here until they come through the provider. The owner named
              above is the way back if the provider fails.
            </p>
          </Note>
        )}
      </Form>
    </Panel>
  );
}

const DAYS = [365, 400, 730, 1_095, 1_825, 2_555, 3_650];

function Trail({ tenant, settings, mayChange }: { tenant: string; settings: Settings; mayChange: boolean }) {
  const [wanted, setWanted] = useState<number | null>(null);
  const kept = settings.audit_retention_days;
  const options = [...new Set([...DAYS, kept])]
    .sort((a, b) => a - b)
    .map((days) => ({ id: String(days), name: `${days} days` }));
  const set = async (days: number) => {
    await api("PUT", `/v1/tenants/${tenant}/audit/retention`, { days });
    await again(tenant);
    toast(`The audit trail is kept for ${days} days, and every owner is told`);
  };
  const change = (value: string) => {
    const days = Number(value);
    if (days < kept) setWanted(days);
    else if (days > kept) void set(days).catch((error: Error) => toast(error.message, { kind: "failed" }));
  };
  return (
    <Panel title="Audit trail">
      <div className={pair}>
        {mayChange ? (
          <Select label="What happened is kept for" options={options} value={String(kept)} onChange={change} />
        ) : (
          <p>What happened is kept for {kept} days.</p>
        )}
        <p className={muted}>
          After that the bodies of entries end; their hashes stay, so that the trail still proves that nothing was cut.
        </p>
      </div>
      {!mayChange && <OnlyLooks right={KEEPING} what="change that" />}
      <Confirm
        title={`Keep the trail for ${wanted ?? 0} days only?`}
        verb="Shorten retention"
        isOpen={wanted !== null}
        onClose={() => setWanted(null)}
        onConfirm={() => set(wanted ?? kept)}
      >
        What happened more than {wanted} days ago can be read by nobody any more. That cannot be undone.
      </Confirm>
    </Panel>
  );
}
