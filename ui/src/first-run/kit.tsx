// The recovery kit of the root key: the words once, on paper or in a file, and one of them typed back before it goes on.

import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api, Problem } from "../api/client";
import type { KitOffer, RecoveryKit } from "../api/described";
import { Button, classes, Field } from "../kit/controls";
import { muted } from "../kit/page";
import { ErrorBox, Note, Snippet } from "../kit/states";
import { Unready } from "../kit/unready";
import { Form } from "../sign-in/ways";
import css from "./setup.module.css";

const COMMAND = "blockhouse root-key kit --out FILE";

const WHY_NOT: Record<string, string> = {
  kit_taken: "A recovery kit was given out already, and the console shows it once.",
  kit_closed: "The first setup is over, and the console shows the recovery kit during it only.",
  kit_not_offered: "The recovery kit is for whoever did the first setup, in the session that did it.",
  second_factor_required:
    "The recovery kit opens everything that is stored here, so it is shown only where a passkey or one-time codes were set up.",
};

export function Kit({ onDone }: { onDone: () => void }) {
  const [kit, setKit] = useState<RecoveryKit | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isTaking, setTaking] = useState(false);
  const offer = useQuery({
    queryKey: ["recovery-kit"],
    queryFn: ({ signal }) => api<KitOffer>("GET", "/v1/root-key/kit", undefined, signal),
    staleTime: 0,
  });
  const take = async () => {
    setTaking(true);
    setError(null);
    try {
      setKit(await api<RecoveryKit>("POST", "/v1/root-key/kit"));
    } catch (failed) {
      setError(failed);
      if (failed instanceof Problem && failed.code in WHY_NOT) await offer.refetch();
    } finally {
      setTaking(false);
    }
  };
  if (kit) return <Words kit={kit} onDone={onDone} />;
  return (
    <>
      <h1 id="step" tabIndex={-1}>
        Keep the root key
      </h1>
      <p>
        Whatever is stored opens with one key alone, the file <code>root.key</code> in the server's data folder, backups
        included. If the file is lost, nobody can make it anew. The recovery kit is the same key as 24 words.
      </p>
      {error !== null && <ErrorBox error={error} />}
      {!offer.data ? (
        <Unready error={offer.error} retry={() => void offer.refetch()} what="whether the kit is offered" />
      ) : offer.data.offered ? (
        <>
          <p className={muted}>It is shown this once. Have a printer or a safe place for a file at hand.</p>
          <div className={css.actions}>
            <Button look="primary" onPress={take} isPending={isTaking}>
              Show the recovery kit
            </Button>
            <Button look="quiet" onPress={onDone}>
              Continue without a kit
            </Button>
          </div>
        </>
      ) : (
        <>
          <Note>
            <p>{WHY_NOT[offer.data.why_not ?? ""] ?? "The recovery kit is not offered here."}</p>
            <p>The machine that the server runs on makes one at any time:</p>
          </Note>
          <Snippet text={COMMAND} what="command for a kit" />
          <div className={css.actions}>
            <Button look="primary" onPress={onDone}>
              Continue
            </Button>
          </div>
        </>
      )}
    </>
  );
}

/** The words, until whoever keeps them says that they are kept; then one of them is asked for, and none is shown. */
function Words({ kit, onDone }: { kit: RecoveryKit; onDone: () => void }) {
  const [isKept, setKept] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever comes to either reads from its beginning
  useEffect(() => {
    document.getElementById("step")?.focus();
  }, [isKept]);
  return isKept ? (
    <ProofOfKit kit={kit} onDone={onDone} onBack={() => setKept(false)} />
  ) : (
    <ShownKit kit={kit} onKept={() => setKept(true)} onDone={onDone} />
  );
}

function ShownKit({ kit, onKept, onDone }: { kit: RecoveryKit; onKept: () => void; onDone: () => void }) {
  const [isSaved, setSaved] = useState(false);
  return (
    <>
      <h1 id="step" tabIndex={-1}>
        Recovery kit
      </h1>
      <p>
        Root key <code>{kit.key}</code> of {location.origin}, {kit.made_at.slice(0, 10)}
      </p>
      <ol className={classes(css.codes, css.words)} aria-label="Words of the kit">
        {kit.words.map((word, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a word may come twice, and its place is what it is
          <li key={place}>{word}</li>
        ))}
      </ol>
      <p>
        Whoever has these words opens everything that is stored here. Keep them on paper or in a safe, apart from the
        backups.
      </p>
      <p>
        To restore, put the data folder back, run <code>blockhouse root-key restore --data FOLDER</code> on the machine,
        and type the words.
      </p>
      <div className={css.actions}>
        <Button onPress={() => print()}>Print the kit</Button>
        <Button
          onPress={() => {
            save(kit);
            setSaved(true);
          }}
        >
          Download the kit
        </Button>
      </div>
      {isSaved && (
        <p className={muted} role="status">
          The file holds the root key. Move it off this computer, and remove it from the downloads.
        </p>
      )}
      <div className={css.actions}>
        <Button look="primary" onPress={onKept}>
          I have kept the words
        </Button>
        <Button look="quiet" onPress={onDone}>
          Continue without a kit
        </Button>
      </div>
    </>
  );
}

function ProofOfKit({ kit, onDone, onBack }: { kit: RecoveryKit; onDone: () => void; onBack: () => void }) {
  // Each time another one: whoever looks at the words again does not look for this one.
  const [asked] = useState(() => any(kit.words.length));
  const [typed, setTyped] = useState("");
  const [isWrong, setWrong] = useState(false);
  const submit = async () => {
    if (typed.trim().toLowerCase() === kit.words[asked]) onDone();
    else setWrong(true);
  };
  return (
    <>
      <h1 id="step" tabIndex={-1}>
        Can your copy be read?
      </h1>
      <p>The words are hidden now. Take your paper or file, and type one word from it.</p>
      <Form verb="Continue" onSubmit={submit} onError={() => setWrong(false)} isDisabled={typed.trim() === ""}>
        <Field
          label={`Word ${asked + 1} of your copy`}
          help="From the paper or the file, so that you know it can be read."
          autoComplete="off"
          spellCheck="false"
          value={typed}
          onChange={(typed) => {
            setTyped(typed);
            setWrong(false);
          }}
          wrong={isWrong ? `This is not word ${asked + 1}.` : undefined}
          mono
        />
      </Form>
      <div className={css.actions}>
        <Button onPress={onBack}>Show the words again</Button>
        <Button look="quiet" onPress={onDone}>
          Continue without a kit
        </Button>
      </div>
    </>
  );
}

/** A number below `end` that nobody can tell before. */
function any(end: number): number {
  const [drawn = 0] = crypto.getRandomValues(new Uint32Array(1));
  return drawn % end;
}

function save(kit: RecoveryKit) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([kit.text], { type: "text/plain" }));
  link.download = `blockhouse-recovery-kit-${kit.key.slice(0, 4)}.txt`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
