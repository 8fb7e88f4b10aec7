// Says where a source's days are written. The server tries the destination before it changes anything.

import { useState } from "react";
import { api, Problem } from "../api/client";
import type { Archive, ArchiveSetting, ArchiveForm as Asked } from "../api/described";
import type { Source } from "../api/types";
import { Area, Field, Select } from "../kit/controls";
import { Dialog } from "../kit/dialog";
import { muted, pair } from "../kit/page";
import { ErrorBox, Note } from "../kit/states";
import { Form } from "../sign-in/ways";
import { type ArchiveField, archiveField } from "./archive";

const PEM_MAX = 16_384;
type Kind = "bucket" | "folder";
const KINDS: readonly { id: Kind; name: string; help: string }[] = [
  { id: "bucket", name: "a bucket", help: "of an S3-compatible store" },
  { id: "folder", name: "a folder", help: "of the server's machine" },
];

type Props = {
  source: Source;
  setting: ArchiveSetting;
  onClose: () => void;
  onSaved: (setting: ArchiveSetting) => void;
};

type Fields = { [name in ArchiveField | "prefix" | "authority"]: string };

const fieldsOf = (archive: Archive | null): Fields => ({
  endpoint: archive?.bucket?.endpoint ?? "",
  region: archive?.bucket?.region ?? "",
  name: archive?.bucket?.name ?? "",
  prefix: archive?.bucket?.prefix ?? "",
  access_key_id: archive?.bucket?.access_key_id ?? "",
  secret_access_key: "",
  authority: archive?.bucket?.authority ?? "",
  folder: archive?.folder ?? "",
  recipient: archive?.recipient ?? "",
  from: "",
});

function asked(kind: Kind, fields: Fields): Asked {
  const [recipient, from] = [fields.recipient.trim(), fields.from.trim()];
  const more = { ...(recipient ? { recipient } : {}), ...(from ? { from } : {}) };
  if (kind === "folder") return { folder: fields.folder.trim(), ...more };
  const { authority, secret_access_key } = fields;
  const prefix = fields.prefix.trim();
  return {
    bucket: {
      endpoint: fields.endpoint.trim(),
      region: fields.region.trim(),
      name: fields.name.trim(),
      access_key_id: fields.access_key_id.trim(),
      ...(prefix ? { prefix } : {}),
      ...(secret_access_key ? { secret_access_key } : {}),
      ...(authority.trim() ? { authority } : {}),
    },
    ...more,
  };
}

export function ArchiveForm({ source, setting, onClose, onSaved }: Props) {
  const { archive, folders } = setting;
  const [kind, setKind] = useState<Kind>(archive?.folder ? "folder" : "bucket");
  const [fields, setFields] = useState(() => fieldsOf(archive));
  const [error, setError] = useState<unknown>(null);
  const problem = error === null ? null : Problem.of(error);
  const wrongField = problem && archiveField(problem.code);
  const field = (name: keyof Fields) => ({
    value: fields[name],
    onChange: (value: string) => setFields({ ...fields, [name]: value }),
    wrong: wrongField === name ? problem?.detail : undefined,
  });
  const isKept =
    archive?.bucket &&
    (["endpoint", "name", "access_key_id"] as const).every((one) => fields[one].trim() === archive.bucket?.[one]);
  const needed: readonly (keyof Fields)[] =
    kind === "folder" ? ["folder", "recipient"] : ["endpoint", "region", "name", "access_key_id"];
  const isReady =
    needed.every((one) => fields[one].trim()) && (kind === "folder" || isKept || fields.secret_access_key);
  const submit = async () =>
    onSaved(await api<ArchiveSetting>("PUT", `/v1/sources/${source.id}/archive`, asked(kind, fields)));
  return (
    <Dialog title={archive ? "Change the archive" : "New archive"} isOpen onClose={onClose} isKept wide>
      {problem && !wrongField && <ErrorBox error={problem} />}
      <Form onCancel={onClose} verb="Try and save" onSubmit={submit} onError={setError} isDisabled={!isReady}>
        {(folders || kind === "folder") && (
          <Select label="The days are written to" options={KINDS} value={kind} onChange={setKind} />
        )}
        {kind === "folder" ? (
          <Field
            label="Folder"
            help="Its name, below your organization's own folder in the one that this installation allows."
            maxLength={63}
            mono
            isRequired
            {...field("folder")}
          />
        ) : (
          <>
            <Field
              label="Endpoint"
              help="https, with a certificate that can be verified. The bucket's name is put into the path."
              placeholder="https://s3.eu-central-1.amazonaws.com"
              type="url"
              mono
              isRequired
              {...field("endpoint")}
            />
            <div className={pair}>
              <Field label="Bucket" mono isRequired {...field("name")} />
              <Field label="Region" mono isRequired {...field("region")} />
              <Field label="Folder in the bucket" mono {...field("prefix")} />
            </div>
            <div className={pair}>
              <Field label="Access key id" mono isRequired autoComplete="off" {...field("access_key_id")} />
              <Field
                label="Its secret"
                help={isKept ? "Empty: it stays as it is." : "Kept sealed, and shown to nobody again."}
                type="password"
                autoComplete="off"
                mono
                {...field("secret_access_key")}
              />
            </div>
            <p className={muted}>The key needs the right to put objects there (s3:PutObject), and no other.</p>
            <Area
              label="Certificate authority"
              help="In PEM, if it is none that the server's machine trusts."
              value={fields.authority}
              onChange={(authority) => setFields({ ...fields, authority })}
              max={PEM_MAX}
            />
          </>
        )}
        <Field
          label="Encrypted to"
          help={kind === "folder" ? "Your public key of age." : "Your public key of age; may be empty."}
          placeholder="age1…"
          mono
          {...field("recipient")}
        />
        {kind === "bucket" && !fields.recipient.trim() && (
          <Note tone="warn">
            <p>Without a key of yours, whoever may read the bucket can read the records.</p>
          </Note>
        )}
        <Field
          label="From the day"
          help={
            archive ? "Empty: it goes on where it is." : "Empty: today. Earlier ones as far as the source keeps them."
          }
          type="date"
          {...field("from")}
        />
        <p className={muted}>
          A small object is written there first; if that fails, nothing is changed. You keep the archive from then on:
          it works for as long as you may read the source.
        </p>
      </Form>
    </Dialog>
  );
}
