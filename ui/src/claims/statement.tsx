// One statement that waits: its files, its exact words, and a passkey's signature under them.

import { useState } from "react";
import { sign as signWords } from "../access/sign";
import { api, ask, proved } from "../api/client";
import type { AttestableClaim, Statement } from "../api/described";
import { passkeysWork } from "../api/passkey";
import type { ToSign } from "../api/people";
import { ChooseFile } from "../jobs/choose";
import { Button, Field, RowButton } from "../kit/controls";
import { Actions, Dialog } from "../kit/dialog";
import kit from "../kit/page.module.css";
import { ErrorBox, Note } from "../kit/states";
import { flat } from "../kit/text";
import { Ago } from "../kit/time";
import { toast } from "../kit/toast";
import { Form } from "../sign-in/ways";
import css from "./claims.module.css";

const FILE_BYTES_MAX = 4 * 1024 * 1024;

export function StatementDialog(props: {
  path: string;
  claim: AttestableClaim;
  statement: Statement;
  onClose: () => void;
  onChanged: () => Promise<unknown>;
}) {
  const { path, claim, onClose, onChanged } = props;
  const [statement, setStatement] = useState(props.statement);
  const [error, setError] = useState<unknown>(null);
  const [asked, setAsked] = useState<(ToSign & { role: string }) | null>(null);
  const [role, setRole] = useState("");
  const at = `${path}/${statement.id}`;

  const start = async () => {
    const words = await api<ToSign>("POST", `${at}/sign/start`, { role: role.trim() });
    setAsked({ role: role.trim(), ...words });
  };
  const sign = async () => {
    if (!asked) return;
    const answer = await signWords(asked);
    const signed = await api<Statement>("POST", `${at}/sign/finish`, { role: asked.role, answer });
    await onChanged();
    const left = signed.needed - signed.by.length;
    toast(left > 0 ? `You signed. It waits for ${left} more` : "You signed, and it stands on the page");
    onClose();
  };
  const discard = async () => {
    try {
      await api("DELETE", at);
      await onChanged();
      toast("The statement is discarded");
      onClose();
    } catch (failed) {
      setError(failed);
    }
  };

  return (
    <Dialog title={claim.title} isOpen onClose={onClose} isKept wide>
      <p className={css.quote}>{statement.sentence}</p>
      <p className={kit.muted}>
        {statement.needed === 1 ? "One person has" : `${statement.needed} different people have`} to sign. It ends{" "}
        <Ago at={statement.until} />.
        {statement.by.length > 0 &&
          ` Signed so far by ${statement.by.map((one) => `${one.name}, ${one.role}`).join("; ")}.`}
      </p>
      {error !== null && <ErrorBox error={error} />}
      {(claim.needsDocument || statement.attachments.length > 0) && (
        <Files at={at} statement={statement} onChange={setStatement} onError={setError} />
      )}
      {!passkeysWork() ? (
        <Note tone="warn">
          <p>A statement is signed with a passkey, and passkeys do not work at this address.</p>
        </Note>
      ) : asked === null ? (
        <Form verb="Show the words to sign" onSubmit={start} onError={setError} isDisabled={!role.trim()}>
          <Field
            label="What you are"
            help="As everybody reads it behind your name, such as “head of operations”."
            value={role}
            onChange={setRole}
            maxLength={80}
            isRequired
          />
        </Form>
      ) : (
        <section className={css.form} aria-label="What you sign">
          <h3>You sign these words</h3>
          <pre className={css.words} tabIndex={0} role="region" aria-label="Words to sign">
            {asked.statement}
          </pre>
          <Form verb="Sign with your passkey" onSubmit={sign} onError={setError}>
            <p className={kit.muted}>Your device answers for exactly these words, as {asked.role}.</p>
          </Form>
          <p>
            <Button size="small" onPress={() => setAsked(null)}>
              Change what you are
            </Button>
          </p>
        </section>
      )}
      <Actions>
        {statement.by.length === 0 && (
          <Button look="danger" onPress={() => void discard()}>
            Discard the statement
          </Button>
        )}
        <Button onPress={onClose}>Close</Button>
      </Actions>
    </Dialog>
  );
}

function Files(props: {
  at: string;
  statement: Statement;
  onChange: (statement: Statement) => void;
  onError: (error: unknown) => void;
}) {
  const { at, statement, onChange, onError } = props;
  const [file, setFile] = useState<File | null>(null);
  const attach = async () => {
    if (!file) return;
    if (file.size === 0 || file.size > FILE_BYTES_MAX) throw new Error("A file has 1 byte to 4 MiB.");
    const sent = await proved(() =>
      ask(`${at}/files`, { method: "POST", headers: { "content-type": "application/octet-stream" }, body: file }),
    );
    const { digest } = (await sent.json()) as { digest: string };
    onChange({ ...statement, attachments: [...statement.attachments.filter((one) => one !== digest), digest] });
    toast("The file is attached");
  };
  const save = async (digest: string) => {
    try {
      const file = await proved(() => ask(`${at}/files/${digest}`, {}));
      const link = document.createElement("a");
      link.href = URL.createObjectURL(await file.blob());
      link.download = digest;
      link.click();
      URL.revokeObjectURL(link.href);
    } catch (failed) {
      onError(failed);
    }
  };
  return (
    <section className={css.form} aria-label="Files">
      <h3>Files</h3>
      {statement.attachments.length === 0 && (
        <p className={kit.muted}>None. Everybody sees digests, nobody the files.</p>
      )}
      {statement.attachments.map((digest) => (
        <div key={digest} className={css.rowhead}>
          <code className={css.digest}>{digest}</code>
          <RowButton verb="Save file" of={digest.slice(0, 8)} onPress={() => void save(digest)} />
        </div>
      ))}
      {statement.by.length === 0 && (
        <Form verb="Attach file" onSubmit={attach} onError={onError} isDisabled={!file}>
          <p>{file ? <bdi>{flat(file.name)}</bdi> : "A file, of 4 MiB at most."}</p>
          <ChooseFile verb={file ? "Choose another file" : "Choose a file"} isOneOfMany onFile={setFile} />
        </Form>
      )}
    </section>
  );
}
