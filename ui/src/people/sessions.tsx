// Sessions, one a row: with what, from where, since when.

import { useState } from "react";
import type { Session } from "../api/types";
import { RowButton } from "../kit/controls";
import { muted, rowOf, rows } from "../kit/page";
import { Badge } from "../kit/states";
import { flat } from "../kit/text";
import { Ago } from "../kit/time";
import { toast } from "../kit/toast";

const METHODS: Record<string, string> = {
  setup_link: "setup link",
  invitation: "invitation",
  shell: "link of the shell",
  passphrase: "passphrase",
  totp: "one-time code",
  recovery_code: "recovery code",
  passkey: "passkey",
  single_sign_on: "single sign-on",
};

/** `Firefox on Linux` of what a browser says of itself; the whole is in the title. */
export function client(given: string): string {
  const agent = flat(given);
  if (!agent) return "Unknown client";
  const browser = /(Firefox|Edg|OPR|Chrome|Safari|curl)\/[\d.]+/.exec(agent)?.[1];
  const system = /(Windows|Android|iPhone|iPad|Mac OS X|Linux|CrOS)/.exec(agent)?.[1];
  const named: Record<string, string> = { Edg: "Edge", OPR: "Opera", "Mac OS X": "macOS", CrOS: "ChromeOS" };
  const name = (word: string) => named[word] ?? word;
  if (!browser) return agent.length > 60 ? `${agent.slice(0, 60)}…` : agent;
  return system ? `${name(browser)} on ${name(system)}` : name(browser);
}

export function SessionRows({
  sessions,
  onEnd,
}: {
  sessions: readonly Session[];
  onEnd: (s: Session) => Promise<void>;
}) {
  return (
    <ul className={rows}>
      {sessions.map((session) => (
        <SessionRow key={session.id} session={session} onEnd={onEnd} />
      ))}
    </ul>
  );
}

function SessionRow({ session, onEnd }: { session: Session; onEnd: (session: Session) => Promise<void> }) {
  const [isEnding, setEnding] = useState(false);
  const end = async () => {
    setEnding(true);
    try {
      await onEnd(session);
    } catch (error) {
      toast(error instanceof Error ? error.message : "The session was not ended", { kind: "failed" });
    } finally {
      setEnding(false);
    }
  };
  const by = session.methods.map((method) => METHODS[method] ?? method).join(", then ");
  return (
    <li className={rowOf}>
      <div>
        <span title={session.agent}>{client(session.agent)}</span>
        {session.own && (
          <>
            {" "}
            <Badge tone="info">this one</Badge>
          </>
        )}
        {session.access && (
          <>
            {" "}
            <Badge tone="staff">staff access</Badge>
          </>
        )}
        <br />
        <span className={muted}>
          {session.address ?? "unknown address"} · used <Ago at={session.seen_at} /> · by {by},{" "}
          <Ago at={session.created_at} /> · ends <Ago at={session.ends_at} />
        </span>
      </div>
      {!session.own && (
        <RowButton
          verb="End session"
          of={`of ${client(session.agent)}`}
          look="danger"
          onPress={end}
          isPending={isEnding}
        />
      )}
    </li>
  );
}
