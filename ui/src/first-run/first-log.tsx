// "Send your first log": how to send it, and a look at the door while it is awaited.

import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useReducer, useState } from "react";
import { api, type Problem } from "../api/client";
import { keys as keysQuery, queries } from "../api/queries";
import { Place, tail } from "../api/tail";
import type { LogRecord, NewApiKey, Refusals, TurnedAwayConnection } from "../api/types";
import { Button, Tabs } from "../kit/controls";
import { LogLine } from "../kit/log";
import kit from "../kit/page.module.css";
import { ErrorBox, Note, Snippet } from "../kit/states";
import { flat } from "../kit/text";
import { Ago, counted } from "../kit/time";
import { useMayWith } from "../sources/may";
import { Authority } from "./authority";
import css from "./setup.module.css";
import { NO_KEY, snippets } from "./snippets";

const LOOK_MS = 2_000;

export function FirstLog(props: {
  source: { id: string; name: string };
  writeKey: string | null;
  /** Takes a key that was made here; without, it stays here. */
  onKey?: (made: NewApiKey) => void;
  /** It was said already that the key is shown once. */
  isToldOnce?: boolean;
  /** Whoever may not read cannot be told what came. */
  mayRead?: boolean;
  onOpen: () => void;
}) {
  const { source, onKey, onOpen } = props;
  const [own, setOwn] = useState<string | null>(null);
  const key = own ?? props.writeKey;
  const [error, setError] = useState<unknown>(null);
  const makeKey = async () => {
    setError(null);
    try {
      const made = await api<NewApiKey>("POST", `/v1/sources/${source.id}/keys`, { kind: "write", name: "first log" });
      // It is shown once, so it waits for no list.
      if (onKey) onKey(made);
      else setOwn(made.key);
      void queries.invalidateQueries({ queryKey: keysQuery(source.id).queryKey });
      void queries.invalidateQueries({ queryKey: ["sources"] });
    } catch (failed) {
      setError(failed);
    }
  };
  const may = useMayWith(source.id);
  const mayMake = may("keys:manage") === true && may("logs:write") === true;
  const { data: keys } = useQuery({ ...keysQuery(source.id), enabled: may("keys:view") === true });
  const writing = keys?.filter((one) => one.kind === "write" && one.state === "active").length ?? 0;
  return (
    <div className={css.first}>
      {!key ? (
        <div className={css.actions}>
          {mayMake && (
            <Button look="primary" onPress={makeKey}>
              Make a write key
            </Button>
          )}
          <p className={kit.muted}>
            Below, <code>{NO_KEY}</code> stands for a write key of this source.{" "}
            {mayMake
              ? "A new one is put in its place; of earlier ones nobody can show the text again."
              : "Whoever has the permission keys:manage makes one."}
          </p>
        </div>
      ) : (
        !props.isToldOnce && (
          <Note tone="warn">
            <p>The key stands in each snippet. It is shown now and never again; it can be replaced at any time.</p>
          </Note>
        )
      )}
      <Authority />
      <Tabs
        label="Ways to send"
        tabs={snippets(location.origin, source.id, key ?? NO_KEY).map((snippet) => ({
          id: snippet.id,
          name: snippet.name,
          content: (
            <div className={css.first}>
              {snippet.note && <p className={kit.muted}>{snippet.note}</p>}
              <Snippet text={snippet.text} what={`${snippet.name} snippet`} />
            </div>
          ),
        }))}
      />
      {error !== null && <ErrorBox error={error} />}
      {props.mayRead !== false && (
        <Watch
          key={source.id}
          source={source}
          isShared={writing > (key ? 1 : 0)}
          onOpen={onOpen}
          {...(mayMake ? { onNewKey: makeKey } : {})}
        />
      )}
    </div>
  );
}

/** Waits for what comes from now on: what was there before does not count. */
function Watch({
  source,
  isShared,
  onOpen,
  onNewKey,
}: {
  source: { id: string; name: string };
  /** Others may send with keys of their own, and what comes may be theirs. */
  isShared: boolean;
  onOpen: () => void;
  /** Of whoever may make one. */
  onNewKey?: () => void;
}) {
  const [seen, setSeen] = useState<{ record: LogRecord; at: string } | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [broken, setBroken] = useState<Problem | boolean>(false);
  const [begun] = useState(() => Date.now());
  const isHidden = useHidden();
  // How far was looked. While nobody looks nothing is asked for, and what came meanwhile counts all the same.
  const [place] = useState(() => new Place());
  const [isPlaced, setPlaced] = useState(false);
  const isWaiting = !seen && !problem;
  // Without a place to go on from, what comes next would be missed.
  const isFollowing = isWaiting && !(isHidden && isPlaced);
  useSecond(isWaiting && !isHidden);

  useEffect(() => {
    if (!isFollowing) return;
    const over = new AbortController();
    void tail(
      source.id,
      "",
      place,
      {
        onOpen: () => setBroken(false),
        onBroken: (busy) => setBroken(busy ?? true),
        onHeartbeat: () => setPlaced(true),
        onRecords: ([record]) => {
          if (!record) return;
          setSeen({ record, at: new Date().toISOString() });
          over.abort();
        },
        onEnd: setProblem,
      },
      over.signal,
    );
    return () => over.abort();
  }, [source.id, place, isFollowing]);

  const { data: door } = useQuery({
    queryKey: ["refusals", source.id],
    queryFn: ({ signal }) => api<Refusals>("GET", `/v1/sources/${source.id}/refusals`, undefined, signal),
    refetchInterval: LOOK_MS,
    enabled: isWaiting && !isHidden,
    retry: false,
  });
  const refused = door?.refusals ?? [];
  const turnedAway = door?.connections ?? [];
  const seconds = Math.round((Date.now() - begun) / 1000);
  return (
    <div className={css.watch} role="status" aria-live="polite">
      {seen ? (
        <>
          <p className={css.beat} data-seen="">
            <span>
              {isShared ? "An event arrived" : "First event"} <Ago at={seen.at} />:{" "}
              <LogLine text={seen.record.message ?? "(without a message)"} />
            </span>
          </p>
          <div>
            <Button look="primary" onPress={onOpen}>
              See it in Logs
            </Button>
          </div>
        </>
      ) : problem ? (
        <ErrorBox error={problem} retry={() => setProblem(null)} />
      ) : broken ? (
        <p className={css.beat}>
          {broken === true ? "The server cannot be reached; trying again." : `${broken.detail} Trying again.`}
        </p>
      ) : (
        <p className={css.beat}>
          <span>
            {isShared
              ? `Waiting for the next event from anything that sends to “${source.name}” …`
              : `Waiting for the first event from “${source.name}” …`}
          </span>
          <time aria-hidden="true">{seconds} s</time>
        </p>
      )}
      {refused.length > 0 && !seen && (
        <ul className={css.refusals} aria-label="Refused attempts">
          {refused.slice(0, 5).map((one) => (
            <li key={`${one.at} ${one.code}`}>
              Refused <Ago at={one.at} />
              {one.times > 1 && `, ${counted(one.times, "time")} so far`}: {flat(one.detail)}
              {one.key && (
                <>
                  {" "}
                  (key <code>{one.key}</code>)
                </>
              )}{" "}
              <code>{one.code}</code>{" "}
              {onNewKey && (one.code.startsWith("key_") || one.code === "too_many_failed_keys") && (
                <Button size="small" onPress={onNewKey}>
                  Make a new key
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {turnedAway.length > 0 && !seen && (
        <ul className={css.refusals} aria-label="Connections that were turned away">
          {turnedAway.slice(0, 5).map((one) => (
            <li key={`${one.address} ${one.port} ${one.kind} ${one.detail}`}>
              Turned away <Ago at={one.at} />
              {one.times > 1 && `, ${counted(one.times, "time")} so far`}, from <code>{one.address}</code>: {one.detail}
              . {REMEDIES[one.kind](one.port)}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** What to do about a connection that was turned away. */
const REMEDIES: { [kind in TurnedAwayConnection["kind"]]: (port: TurnedAwayConnection["port"]) => ReactNode } = {
  plain_http: () => (
    <>
      Send to <code>https://</code>.
    </>
  ),
  not_tls: () => "Turn TLS on in the client: no port takes anything in clear.",
  tls_incompatible: (port) =>
    port === "syslog"
      ? "The client needs TLS 1.2 or newer."
      : "The client needs TLS 1.3; the port for syslog takes 1.2 too.",
  certificate_not_trusted: () => (
    <>
      Give the client the authority's certificate, as in <code>curl --cacert ca.crt</code>.
    </>
  ),
  handshake_failed: () => "Some clients hang up so where they do not trust the certificate; their own log says more.",
};

/** Waiting costs nobody anything while nobody looks. */
function useHidden(): boolean {
  const [isHidden, setHidden] = useState(document.hidden);
  useEffect(() => {
    const changed = () => setHidden(document.hidden);
    document.addEventListener("visibilitychange", changed);
    return () => document.removeEventListener("visibilitychange", changed);
  }, []);
  return isHidden;
}

function useSecond(isOn: boolean) {
  const [, tick] = useReducer((ticks: number) => ticks + 1, 0);
  useEffect(() => {
    if (!isOn) return;
    const timer = setInterval(tick, 1_000);
    return () => clearInterval(timer);
  }, [isOn]);
}
