// Whether the log only grew since this browser saw it first: found out here, and not believed.

import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { Button } from "../kit/controls";
import { Confirm } from "../kit/dialog";
import kit from "../kit/page.module.css";
import { Badge, Note, Snippet } from "../kit/states";
import { Ago, count } from "../kit/time";
import css from "./audit.module.css";
import { forget, growth } from "./check";
import { type Checkpoint, parseCheckpoint } from "./checkpoint";

const Witnesses = lazy(async () => ({ default: (await import("./witnesses")).Witnesses }));

/** `isThere`: a log without entries has nothing to look at. */
export function Unbroken({ base, isThere }: { base: string; isThere: boolean }) {
  const { data, error, refetch, isFetching, dataUpdatedAt } = useQuery({
    queryKey: ["audit-growth", base],
    queryFn: ({ signal }) => growth(base, signal),
    retry: false,
    enabled: isThere,
  });
  const [isForgetting, setForgetting] = useState(false);
  if (!isThere) return null;
  const again = (
    <Button size="small" look="quiet" onPress={() => void refetch()} isPending={isFetching}>
      Check again
    </Button>
  );
  if (error)
    return (
      <p className={kit.muted}>
        <Badge tone="warn">not checked</Badge> Whether the log only grew could not be looked at: {error.message} {again}
      </p>
    );
  if (!data)
    return (
      <p className={kit.muted} role="status">
        Checking in this browser that the log only grew …
      </p>
    );
  if (data.is === "broken")
    return (
      <Note tone="bad">
        <div role="alert" className={css.broken}>
          <p>
            <strong>This log is not what this browser saw before.</strong> {data.why}
          </p>
          <p>
            Keep both checkpoints, and ask whoever runs the server. A server that was put back from a backup looks like
            this, too.
          </p>
        </div>
        {data.before && <p>Seen before, and given now:</p>}
        {data.before && <Snippet what="Checkpoint that was seen before" text={data.before.note} />}
        <Snippet what="Checkpoint that the server gives now" text={data.note} />
        <p>
          {again}{" "}
          <Button size="small" look="danger" onPress={() => setForgetting(true)}>
            Begin anew with what the server gives
          </Button>
        </p>
        <Confirm
          title="Forget what this browser saw?"
          verb="Forget what was seen"
          isOpen={isForgetting}
          onClose={() => setForgetting(false)}
          onConfirm={async () => {
            forget(base);
            await refetch();
          }}
        >
          From then on the log is held against what the server gives now. Copy the checkpoint that was seen before: it
          is what shows that something was changed.
        </Confirm>
      </Note>
    );
  const { checkpoint, before, signature } = data;
  return (
    <p className={kit.muted}>
      {signature === "counts" ? (
        <Badge tone="good">✓ checked here</Badge>
      ) : (
        <Badge tone="warn">signature not checked</Badge>
      )}{" "}
      {count.format(checkpoint.size)} entries
      {before ? (
        <>
          , unbroken since this browser saw them first, <Ago at={before.first} /> (
          {count.format(parseCheckpoint(before.note).size)} at the last look)
        </>
      ) : (
        ". This browser remembers the checkpoint, and tells when a later log does not begin with it"
      )}
      {signature === "cannot-look" && "; this browser has no Ed25519, so the signature has to be checked elsewhere"}.
      Last check <Ago at={new Date(dataUpdatedAt).toISOString()} />. {again} <Witnessed checkpoint={checkpoint} />
    </p>
  );
}

function Witnessed({ checkpoint }: { checkpoint: Checkpoint }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button size="small" look="quiet" onPress={() => setOpen(true)}>
        Witnesses
      </Button>
      {isOpen && (
        <Suspense>
          <Witnesses shown={checkpoint} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
