// Shows the exact words of a request, and has a passkey sign them.

import { useEffect, useState } from "react";
import { api } from "../api/client";
import type { AccessRequest, ToSign } from "../api/people";
import { Button } from "../kit/controls";
import { Actions, Dialog } from "../kit/dialog";
import { muted } from "../kit/page";
import { ErrorBox, Waiting } from "../kit/states";
import { toast } from "../kit/toast";
import { useMe } from "../shell/shell";
import css from "./access.module.css";
import { left } from "./request";
import { sign, words } from "./sign";
import { again } from "./tenant-side";

/** The words as they are signed; beside an id stands, for the reader, what it is called. */
export function Statement({ of, names = {} }: { of: string; names?: Record<string, string> }) {
  const { verb, lines } = words(of);
  return (
    <dl className={css.statement}>
      <dt>you</dt>
      <dd>{verb}</dd>
      {lines.map(([name, value]) => (
        <Line key={name} name={name} value={value} called={names[value]} />
      ))}
    </dl>
  );
}

function Line({ name, value, called }: { name: string; value: string; called: string | undefined }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <bdi>{value}</bdi> {called && <span className={css.called}>({called})</span>}
      </dd>
    </>
  );
}

export function Approve(props: {
  of: AccessRequest;
  who: string;
  source: string;
  tenant: string;
  onClose: () => void;
}) {
  const { of, who, source, tenant, onClose } = props;
  const me = useMe();
  const names = {
    [of.source]: source,
    [of.staff]: who,
    [tenant]: me.tenants.find((one) => one.id === tenant)?.name ?? "",
    [me.id]: me.name,
  };
  const [asked, setAsked] = useState<ToSign | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isSigning, setSigning] = useState(false);
  const path = `/v1/tenants/${tenant}/access/${of.id}/approve`;
  useEffect(() => {
    let isHere = true;
    api<ToSign>("POST", `${path}/start`).then(
      (asked) => isHere && setAsked(asked),
      (failed) => isHere && setError(failed),
    );
    return () => {
      isHere = false;
    };
  }, [path]);
  const approve = async () => {
    if (!asked) return;
    setSigning(true);
    setError(null);
    try {
      const done = await api<AccessRequest>("POST", `${path}/finish`, { answer: await sign(asked) });
      await again(tenant);
      toast(done.state === "approved" ? `${who} may read “${source}”` : "Approved; one more of you has to approve");
      onClose();
    } catch (failed) {
      setError(failed);
    } finally {
      setSigning(false);
    }
  };
  return (
    <Dialog title={`Approve ${left(of)} for ${who}?`} isOpen onClose={onClose} isKept wide>
      <p>
        {who} may then read source “{source}”, and nothing else, until the time that stands below. Your passkey signs
        these exact words; each question of theirs is held against them.
      </p>
      {error !== null && <ErrorBox error={error} />}
      {asked ? (
        <Statement of={asked.statement} names={names} />
      ) : (
        error === null && <Waiting>Asking for the words …</Waiting>
      )}
      <p className={muted}>You can end it at any time.</p>
      <Actions>
        <Button onPress={onClose}>Cancel</Button>
        <Button look="primary" onPress={approve} isPending={isSigning} isDisabled={!asked}>
          Sign with your passkey
        </Button>
      </Actions>
    </Dialog>
  );
}
