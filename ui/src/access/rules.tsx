// Whether staff can ask at all, and how many have to approve.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api/client";
import { type Level, type Settings, tenantOf, useMay } from "../api/people";
import { queries } from "../api/queries";
import { Select } from "../kit/controls";
import { Asked, muted, Panel, pair } from "../kit/page";
import { ErrorBox } from "../kit/states";
import { toast } from "../kit/toast";
import { Form } from "../sign-in/ways";

const LEVELS: { id: Level; name: string; help: string }[] = [
  { id: "never", name: "Never", help: "nobody of staff can ask" },
  { id: "on_approval", name: "On approval", help: "they ask, you decide each time" },
  {
    id: "break_glass",
    name: "On approval, and in an emergency",
    help: "two of staff can open it; you are told at once",
  },
];
const APPROVALS = [
  { id: "1", name: "1 person" },
  { id: "2", name: "2 people" },
];

export function Rules({ tenant }: { tenant: string }) {
  const asked = useQuery(tenantOf(tenant));
  return (
    <Panel
      title="What staff may ask"
      help="Access is for one engineer, one source, reading only, for an hour at most. The default is never."
    >
      <Asked of={asked} what="the organization's settings">
        {({ settings }) => <RulesForm key={JSON.stringify(settings)} tenant={tenant} settings={settings} />}
      </Asked>
    </Panel>
  );
}

function RulesForm({ tenant, settings }: { tenant: string; settings: Settings }) {
  const mayChange = useMay("access:configure");
  const [level, setLevel] = useState<Level>(settings.staff_access);
  const [approvals, setApprovals] = useState(String(settings.approvals_needed));
  const [error, setError] = useState<unknown>(null);
  const isSame = level === settings.staff_access && approvals === String(settings.approvals_needed);
  const name = LEVELS.find((one) => one.id === settings.staff_access)?.name;
  if (mayChange === undefined) return null;
  if (!mayChange) {
    return (
      <p>
        {settings.staff_access === "never" ? "Never." : `${name}, by ${settings.approvals_needed} of you.`}{" "}
        <span className={muted}>
          To change it takes the permission <code>access:configure</code>, which owners have.
        </span>
      </p>
    );
  }
  const submit = async () => {
    await api("PUT", `/v1/tenants/${tenant}/staff-access`, { level, approvals: Number(approvals) });
    await queries.invalidateQueries({ queryKey: ["", tenant] });
    toast("What staff may ask is changed, and every owner is told");
  };
  return (
    <>
      {error !== null && <ErrorBox error={error} />}
      <Form verb="Save" onSubmit={submit} onError={setError} isDisabled={isSame}>
        <div className={pair}>
          <Select label="Staff may ask for access" options={LEVELS} value={level} onChange={setLevel} />
          <Select
            label="Approvals that a request needs"
            options={APPROVALS}
            value={approvals}
            onChange={setApprovals}
            isDisabled={level === "never"}
          />
        </div>
        {level === "never" && settings.staff_access !== "never" && (
          <p>Access that runs and requests that wait end with it.</p>
        )}
      </Form>
    </>
  );
}
