// A new source: its name, and for how long it keeps events.

import { useState } from "react";
import { api } from "../api/client";
import type { Source } from "../api/types";
import { Field, Select } from "../kit/controls";
import { Dialog } from "../kit/dialog";
import { ErrorBox } from "../kit/states";
import { Form } from "../sign-in/ways";
import { RETENTIONS } from "./retention";

export function NewSource(props: {
  isOpen: boolean;
  onClose: () => void;
  tenant: string;
  onMade: (source: Source) => Promise<void>;
}) {
  const { isOpen, onClose, tenant, onMade } = props;
  const [name, setName] = useState("");
  const [days, setDays] = useState("30");
  const [error, setError] = useState<unknown>(null);
  const close = () => {
    setName("");
    setError(null);
    onClose();
  };
  const submit = async () => {
    const made = await api<Source>("POST", `/v1/tenants/${tenant}/sources`, {
      name: name.trim(),
      retention_days: Number(days),
    });
    close();
    await onMade(made);
  };
  return (
    <Dialog title="New source" isOpen={isOpen} onClose={close} isKept>
      {error !== null && <ErrorBox error={error} />}
      <Form onCancel={close} verb="Make source" onSubmit={submit} onError={setError} isDisabled={!name.trim()}>
        <Field label="Name" value={name} onChange={setName} maxLength={64} autoFocus isRequired />
        <Select
          label="Keep events for"
          options={RETENTIONS}
          value={days}
          onChange={setDays}
          help="Older ones are deleted, and their data keys destroyed."
        />
      </Form>
    </Dialog>
  );
}
