// The root key: how it is kept, and when somebody last showed that its recovery kit works.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api/client";
import type { RootKeyState, RootKeyStep } from "../api/described";
import { queries } from "../api/queries";
import { Area, Button } from "../kit/controls";
import { Actions, Dialog } from "../kit/dialog";
import kit from "../kit/page.module.css";
import { Badge, ErrorBox } from "../kit/states";
import { Ago } from "../kit/time";
import { toast } from "../kit/toast";
import { Unready } from "../kit/unready";
import { Panel } from "./panel";

const WORDS = 24;
const CHARS_MAX = 4000;

const rootKey = {
  queryKey: ["root-key"],
  queryFn: ({ signal }: { signal: AbortSignal }) => api<RootKeyState>("GET", "/v1/root-key", undefined, signal),
};

export function RootKey() {
  const [isTesting, setTesting] = useState(false);
  const { data, error, refetch } = useQuery(rootKey);
  if (!data) return <Unready error={error} retry={() => void refetch()} what="the state of the root key" />;
  return (
    <Panel
      title="Root key"
      rows={[
        ["Sealed by", "a key file on the machine"],
        ["Id", <code key="id">{data.key}</code>],
        [
          "Recovery kit",
          data.kit ? (
            <span key="kit">
              made <By step={data.kit} />
            </span>
          ) : (
            <span key="kit">
              <Badge tone="warn">none</Badge> The machine makes one: <code>blockhouse root-key kit</code>
            </span>
          ),
        ],
        [
          "Last proof of recovery",
          <span key="proof">
            {data.proof ? <By step={data.proof} /> : "never"}{" "}
            {data.proof_is_old && <Badge tone="warn">{data.proof ? "over 100 days old" : "not tested"}</Badge>}
          </span>,
        ],
      ]}
    >
      <p>
        <Button size="small" onPress={() => setTesting(true)}>
          Test recovery
        </Button>{" "}
        <span className={kit.muted}>Shows that the words of your kit open this installation; nothing is changed.</span>
      </p>
      {isTesting && <Test onClose={() => setTesting(false)} />}
    </Panel>
  );
}

function By({ step }: { step: RootKeyStep }) {
  return (
    <>
      <Ago at={step.at} /> {step.by ? `by ${step.by.name ?? step.by.id}` : "at the machine's shell"}
    </>
  );
}

function Test({ onClose }: { onClose: () => void }) {
  const [words, setWords] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [isRunning, setRunning] = useState(false);
  const given = words.split(/\s+/).filter((word) => /[^\d.:)]/.test(word)).length;
  const test = async () => {
    setRunning(true);
    setError(null);
    try {
      const state = await api<RootKeyState>("POST", "/v1/root-key/proof", { words });
      queries.setQueryData(rootKey.queryKey, state);
      toast("The words are right: they open this installation");
      onClose();
    } catch (failed) {
      setError(failed);
    } finally {
      setRunning(false);
    }
  };
  return (
    <Dialog title="Test recovery" isOpen onClose={onClose} isKept>
      <p>
        Type or paste the words of the recovery kit, in their order. The server compares the key that they make with its
        own, keeps none of them, and notes in the audit trail that you did this.
      </p>
      {error !== null && <ErrorBox error={error} />}
      <Area
        label={`The ${WORDS} words`}
        help={`${given} of ${WORDS} are there.`}
        value={words}
        onChange={setWords}
        max={CHARS_MAX}
        isSecret
      />
      <Actions>
        <Button onPress={onClose}>Cancel</Button>
        <Button look="primary" onPress={test} isPending={isRunning} isDisabled={given === 0}>
          Test recovery
        </Button>
      </Actions>
    </Dialog>
  );
}
