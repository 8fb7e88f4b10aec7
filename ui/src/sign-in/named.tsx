// A dialog in which something is given a name, or another one.

import { useState } from "react";
import { Field } from "../kit/controls";
import { Dialog } from "../kit/dialog";
import { ErrorBox } from "../kit/states";
import { Form } from "./ways";

/** Asks for a name, and does with it what is wanted of it. */
export function Named(props: {
  title: string;
  verb: string;
  given: string;
  help?: string;
  onClose: () => void;
  onName: (name: string) => Promise<unknown>;
}) {
  const [name, setName] = useState(props.given);
  const [error, setError] = useState<unknown>(null);
  const submit = async () => {
    await props.onName(name.trim());
    props.onClose();
  };
  return (
    <Dialog title={props.title} isOpen onClose={props.onClose} isKept>
      {error !== null && <ErrorBox error={error} />}
      <Form onCancel={props.onClose} verb={props.verb} onSubmit={submit} onError={setError} isDisabled={!name.trim()}>
        <Field label="Name" help={props.help} value={name} onChange={setName} maxLength={64} autoFocus isRequired />
      </Form>
    </Dialog>
  );
}
