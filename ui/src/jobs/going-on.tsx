// An upload on the page of its job: as this tab does it, or how whoever began it goes on.

import { useEffect, useRef, useState } from "react";
import { useKeeperName } from "../alerts/named";
import { Problem } from "../api/client";
import type { Job } from "../api/jobs";
import { Button } from "../kit/controls";
import { muted, Panel, row } from "../kit/page";
import { ErrorBox, Note } from "../kit/states";
import { Ago } from "../kit/time";
import { useMe } from "../shell/shell";
import { ChooseFile } from "./choose";
import { digestOf } from "./file";
import { useNow } from "./now";
import { amountOf, percent } from "./pace";
import { begin, tryNow, type Upload, useUpload } from "./uploads";

export function GoingOn({ job }: { job: Job }) {
  const me = useMe();
  const keeperOf = useKeeperName();
  const upload = useUpload(job.id);
  const isMine = job.keeper.kind === "person" && job.keeper.id === me.id;
  if (upload && upload.error === null)
    return (
      <Panel title="Upload">
        {upload.trouble ? (
          <Trouble trouble={upload.trouble} job={job} />
        ) : (
          <p>This tab uploads the file. Keep it open; you can go to other screens meanwhile.</p>
        )}
      </Panel>
    );
  return (
    <Panel title="Upload">
      {isMine ? (
        <Again job={job} stopped={upload} />
      ) : (
        <p>Bytes of the file are missing; it is {keeperOf(job.keeper)} who uploads it.</p>
      )}
      <Until job={job} />
    </Panel>
  );
}

function Trouble({ trouble, job }: { trouble: NonNullable<Upload["trouble"]>; job: Job }) {
  const seconds = Math.max(0, Math.ceil((trouble.at - useNow(true)) / 1000));
  return (
    <Note tone="warn">
      <p role="status">{trouble.problem.detail} What was received is kept, and the upload goes on by itself.</p>
      <p className={row}>
        <Button size="small" onPress={() => tryNow(job.id)}>
          Try now
        </Button>
        <span className={muted}>{seconds > 0 ? `Tried again in ${seconds} s` : "Trying …"}</span>
      </p>
    </Note>
  );
}

function Until({ job }: { job: Job }) {
  if (!job.upload.until) return null;
  return (
    <p className={muted}>
      If nobody goes on with it, the job ends <Ago at={job.upload.until} />, and what was uploaded is removed.
    </p>
  );
}

/** Only the same file goes on: its size and its digest say so. */
function Again({ job, stopped }: { job: Job; stopped: Upload | undefined }) {
  const me = useMe();
  const [read, setRead] = useState<number | null>(null);
  const [error, setError] = useState<unknown>(null);
  const reading = useRef<AbortController | null>(null);
  useEffect(() => () => reading.current?.abort(), []);
  const { bytes, received } = job.upload;
  const take = async (file: File) => {
    reading.current?.abort();
    const stop = new AbortController();
    reading.current = stop;
    setError(null);
    try {
      if (file.size !== bytes)
        throw new Error(`this is another file: it has ${exact(file.size)}, and that of the job has ${exact(bytes)}`);
      setRead(0);
      if ((await digestOf(file, setRead, stop.signal)) !== job.import.digest)
        throw new Error("this is another file: its size is the same, but not what is in it");
      begin(job, file, me.tenant);
    } catch (failed) {
      if (!stop.signal.aborted) setError(unreadable(failed));
    } finally {
      if (!stop.signal.aborted) setRead(null);
    }
  };
  if (!job.import.digest)
    return (
      <p>
        Bytes of the file are missing. Whatever began the upload did not say which file it is of, so only that can go
        on.
      </p>
    );
  return (
    <>
      {stopped?.error != null && error === null && <ErrorBox error={stopped.error} />}
      {error !== null && <ErrorBox error={error} />}
      <p>
        This tab does not upload it. {amountOf(received, "bytes")} of {amountOf(bytes, "bytes")} are there
        {received > 0 && (
          <>
            , the last of it <Ago at={job.moved_at} />
          </>
        )}
        . Choose the same file, and it goes on from there.
      </p>
      {read === null ? (
        <ChooseFile verb="Choose the same file" look="primary" onFile={(file) => void take(file)} />
      ) : (
        <p role="status">Reading the file, to see that it is the same: {percent(read, bytes)}</p>
      )}
    </>
  );
}

const exact = (bytes: number) => `${bytes.toLocaleString("en")} bytes`;

export const unreadable = (error: unknown) =>
  error instanceof DOMException && error.name !== "AbortError"
    ? new Problem(0, { detail: "the file cannot be read: it may be a folder, or have been changed or moved" })
    : error;
