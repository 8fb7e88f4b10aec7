// Shows the exact words of a request, and has a passkey sign them.

import { useEffect, useState } from "react";
import { api } from "../api/client";
import type { AccessRequest, ToSign } from "../api/people";
import { Button } from "../kit/controls";
import { Actions, Dialog } from "../kit/dialog";
import { muted } from "../kit/page";
import { ErrorBox, Waiting } from "../kit/states";
import { toast } from "../kit/toast";
import css from "./access.module.css";
import { duration, minutesOf } from "./request";
import { sign, words } from "./sign";
import { again } from "./tenant-side";

export function Statement({ of }: { of: string }) {
  const { verb, lines } = words(of);
  return (
    <dl className={css.statement}>
      <dt>you</dt>
      <dd>{verb}</dd>
      {lines.map(([name, value]) => (
        <Line key={name} name={name} value={value} />
      ))}
    </dl>
  );
}

function Line({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <bdi>{value}</bdi>
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
    <Dialog title={`Approve ${duration(minutesOf(of))} for ${who}?`} isOpen onClose={onClose} isKept wide>
      <p>
        {who} may then read source “{source}”, and nothing else, until the time that stands below. Your passkey signs
        these exact words; each question of theirs is held against them.
      </p>
      {error !== null && <ErrorBox error={error} />}
      {asked ? <Statement of={asked.statement} /> : error === null && <Waiting>Asking for the words …</Waiting>}
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
