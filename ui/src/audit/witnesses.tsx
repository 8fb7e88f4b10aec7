// Which witnesses signed the checkpoints of the log that is shown and of the public log, checked in this browser.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ask, Problem } from "../api/client";
import { Button, Field, RowButton } from "../kit/controls";
import { Actions, Dialog } from "../kit/dialog";
import { Asked, muted, rowOf, rows, stack, whole } from "../kit/page";
import { Badge, type Tone } from "../kit/states";
import { Ago, count } from "../kit/time";
import { Form } from "../sign-in/ways";
import { type Checkpoint, isSigned, parseCheckpoint, parseKey, type Signed } from "./checkpoint";
import { type Cosigned, cosigned, keepWitnesses, knownWitnesses, parseWitness } from "./cosigned";

const KEY_CHARS_MAX = 400;

/** The newest checkpoint of the public log, and whether the log's key signed it; `null` where there is none yet. */
async function publicLog(signal: AbortSignal): Promise<{ checkpoint: Checkpoint; signature: Signed } | null> {
  const text = async (path: string) => (await ask(path, { signal })).text();
  try {
    const [key, note] = await Promise.all([text("/log/key"), text("/log/checkpoint")]);
    const checkpoint = parseCheckpoint(note);
    return { checkpoint, signature: await isSigned(checkpoint, await parseKey(key)) };
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}

export function Witnesses({ shown, onClose }: { shown: Checkpoint; onClose: () => void }) {
  const [known, setKnown] = useState(knownWitnesses);
  const asked = useQuery({ queryKey: ["public-log"], queryFn: ({ signal }) => publicLog(signal), retry: false });
  return (
    <Dialog title="Witnesses" isOpen onClose={onClose} wide>
      <p className={muted}>
        A witness on another machine signs a checkpoint only where it extends the one before; whoever runs this server
        cannot take back what it signed. A cosignature is for one size of the log; later entries wait for the next.
      </p>
      <Signers title="This log" checkpoint={shown} known={known} />
      <Asked of={asked} what="the public log">
        {(log) =>
          log === null ? (
            <p>The public log has no checkpoint yet; it gets one within a day.</p>
          ) : (
            <>
              <Signers
                title="The public log, which anchors all others once a day"
                isPublic
                checkpoint={log.checkpoint}
                known={known}
              />
              {log.signature === "does-not" && (
                <p role="alert">
                  <Badge tone="bad">✕ does not fit</Badge> The public log's checkpoint is not signed with this server's
                  key.
                </p>
              )}
            </>
          )
        }
      </Asked>
      <Known known={known} onChange={(keys) => setKnown(keepWitnesses(keys))} />
      <Actions>
        <Button onPress={onClose}>Close</Button>
      </Actions>
    </Dialog>
  );
}

const FOUND: Record<Cosigned["is"], { tone: Tone; words: string }> = {
  counts: { tone: "good", words: "✓ checked here" },
  "does-not": { tone: "bad", words: "✕ does not fit" },
  "cannot-look": { tone: "warn", words: "not checked: this browser has no Ed25519" },
  "not-known": { tone: "warn", words: "not checked: its key is not known here" },
};

type Looked = { title: string; checkpoint: Checkpoint; known: readonly string[]; isPublic?: boolean };

function Signers({ title, checkpoint, known, isPublic }: Looked) {
  const asked = useQuery({
    queryKey: ["cosigned", checkpoint.origin, checkpoint.size, checkpoint.signatures.length, known],
    queryFn: async () => {
      const keys = await Promise.all(known.map((text) => parseWitness(text).catch(() => null)));
      return cosigned(
        checkpoint,
        keys.filter((key) => key !== null),
      );
    },
  });
  return (
    <section className={stack} aria-label={title}>
      <h3>{title}</h3>
      <Asked of={asked} what="what witnesses signed">
        {(found) => (
          <>
            <p>
              {found.length === 0
                ? "No witness has"
                : found.length === 1
                  ? "1 witness has"
                  : `${found.length} witnesses have`}{" "}
              signed the checkpoint of {count.format(checkpoint.size)} entries.
              {found.length === 0 && isPublic && (
                <>
                  {" "}
                  Up to which entry one did, <code>blockhouse audit verify --witness KEY</code> says.
                </>
              )}
            </p>
            {found.length > 0 && (
              <div className={rows}>
                {found.map((one) => (
                  <div key={`${one.name} ${one.keyId}`} className={rowOf}>
                    <div>
                      <code>{one.name}</code>{" "}
                      <span className={muted}>
                        signed <Ago at={one.at} />, by its own clock
                      </span>
                    </div>
                    <Badge tone={FOUND[one.is].tone}>{FOUND[one.is].words}</Badge>
                  </div>
                ))}
              </div>
            )}
          </>
        )}
      </Asked>
    </section>
  );
}

function Known({ known, onChange }: { known: readonly string[]; onChange: (keys: readonly string[]) => void }) {
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState<string | undefined>(undefined);
  const add = async () => {
    await parseWitness(text);
    onChange([...known, text.trim()]);
    setText("");
  };
  const fail = (error: unknown) =>
    setWrong(error === null ? undefined : "This is not a witness's key, which reads NAME+HASH+KEY.");
  return (
    <section className={stack} aria-label="Witnesses that this browser knows">
      <h3>Witnesses that this browser knows</h3>
      {known.length > 0 && (
        <div className={rows}>
          {known.map((key) => (
            <div key={key} className={rowOf}>
              <div className={whole}>
                <code>{key}</code>
              </div>
              <RowButton
                verb="Forget"
                of={key.split("+")[0] ?? key}
                onPress={() => onChange(known.filter((one) => one !== key))}
              />
            </div>
          ))}
        </div>
      )}
      <Form verb="Keep key" onSubmit={add} onError={fail} isDisabled={!text.trim()}>
        <Field
          label="A witness's key"
          help={
            <>
              Get it from whoever runs the witness, not from this server.{" "}
              <code>blockhouse audit witness --show-key</code> prints it there.
            </>
          }
          value={text}
          onChange={(next) => {
            setText(next);
            setWrong(undefined);
          }}
          maxLength={KEY_CHARS_MAX}
          wrong={wrong}
          mono
        />
      </Form>
    </section>
  );
}
