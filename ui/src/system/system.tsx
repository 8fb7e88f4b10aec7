// What runs here: health, how it listens, and what was turned away at the door.

import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { api } from "../api/client";
import type { System, SystemRefused } from "../api/described";
import { every } from "../api/people";
import { size } from "../data-keys/life";
import { CertificateButton, Fingerprint } from "../first-run/authority";
import { Button } from "../kit/controls";
import { Asked } from "../kit/page";
import kit from "../kit/page.module.css";
import { Badge, Meter, numberCell, Table } from "../kit/states";
import { Ago, count } from "../kit/time";
import { Panel } from "./panel";
import { RootKey } from "./root-key";
import css from "./system.module.css";

const REFUSED: { [why in keyof SystemRefused]: { name: string; about: string } } = {
  plain_http: { name: "Plain HTTP", about: "a request without TLS; nothing of it was kept" },
  tls_incompatible: { name: "Too old TLS", about: "no common version, group or cipher suite" },
  handshake_failed: {
    name: "Handshake failed",
    about: "for another reason: a scanner, or a client that does not trust",
  },
  handshake_timeout: { name: "Handshake too slow", about: "the client did not finish it in time" },
  over_cap: { name: "Too many connections", about: "of one address, or of all" },
  slow_headers: { name: "Headers too slow", about: "a request that was never finished" },
  write_stalled: { name: "Answer not taken", about: "the client did not read what it asked for" },
};

const DAYS_SOON = 21;

export function SystemPage() {
  useEffect(() => {
    document.title = "System - Blockhouse";
  }, []);
  const asked = useQuery<System>({
    queryKey: ["system"],
    queryFn: ({ signal }) => api("GET", "/v1/system", undefined, signal),
    refetchInterval: every(10_000),
  });
  return (
    <div className={kit.page}>
      <h1>System</h1>
      <Asked
        of={asked}
        what="the state of the installation"
        giver="It is for operators, who run the installation: blockhouse admin create-staff makes one."
      >
        {(system) => (
          <>
            <Panels system={system} />
            <p>
              <Button size="small" onPress={() => void asked.refetch()} isPending={asked.isFetching}>
                Look again
              </Button>{" "}
              <span className={kit.muted}>Looked at every 10 s; counts are since the start.</span>
            </p>
          </>
        )}
      </Asked>
    </div>
  );
}

function Panels({ system }: { system: System }) {
  const { tls, connections, keys, storage, queries, jobs } = system;
  const days = (Date.parse(tls.certificate.ends_at) - Date.parse(system.now)) / 86_400_000;
  const room = storage.room;
  const used = room ? 1 - room.free_bytes / Math.max(1, room.total_bytes) : 0;
  return (
    <>
      <div className={css.panels}>
        <Panel
          title="Health"
          rows={[
            ["Version", system.version],
            ["Runs since", <Ago key="at" at={system.started_at} />],
            [
              "Logs",
              storage.takes_logs ? (
                <Badge key="takes" tone="good">
                  taken
                </Badge>
              ) : (
                <Badge key="takes" tone="bad">
                  refused: the disk is full
                </Badge>
              ),
            ],
            ["Sealed objects", storage.objects === "bucket" ? "in a bucket" : "in the data folder"],
            [
              "Room on the disk",
              room ? (
                <>
                  {size(room.free_bytes)} free of {size(room.total_bytes)}
                  <Meter share={used} label={`${Math.round(used * 100)} % of the disk is used`} />
                </>
              ) : (
                "not known"
              ),
            ],
            ["Queries under way", `${queries.under_way} of at most ${queries.at_once}`],
          ]}
        />
        <Panel
          title="TLS and network"
          rows={[
            ["Address", system.origin],
            ["Versions", tls.oldest === "1.3" ? "TLS 1.3 only" : "TLS 1.3 and 1.2"],
            [
              "Certificate ends",
              <span key="ends">
                <Ago at={tls.certificate.ends_at} />{" "}
                {days < DAYS_SOON && <Badge tone={days < 3 ? "bad" : "warn"}>soon</Badge>}
              </span>,
            ],
            ["Its SHA-256", <Fingerprint key="print" of={tls.certificate.fingerprint} />],
            ...signedBy(tls.certificate.authority),
          ]}
        />
        <Panel
          title="Jobs under way"
          rows={[
            ["Running", `${count.format(jobs.running)} of at most ${count.format(jobs.at_once)}`],
            ["Waiting for their turn", count.format(jobs.waiting)],
            ["Uploading", count.format(jobs.receiving)],
          ]}
        />
        <RootKey />
        <Panel
          title="Connections"
          rows={[
            ["Open now", count.format(connections.open)],
            ["Taken", count.format(connections.accepted)],
            ["TLS 1.3", count.format(connections.tls13)],
            ["TLS 1.2", count.format(connections.tls12)],
            ["HTTP/2", count.format(connections.http2)],
            ["HTTP/1.1", count.format(connections.http1)],
          ]}
        />
        <Panel
          title="Keys at receivers"
          rows={[
            ["Did not count", count.format(keys.failed)],
            ["Of these told to wait", count.format(keys.told_to_wait)],
          ]}
        />
      </div>
      <h2>Turned away</h2>
      <Table label="Turned away" columns={["Kind", { name: "Connections", number: true }, "What it is"]}>
        {Object.entries(REFUSED).map(([id, { name, about }]) => (
          <tr key={id}>
            <td>{name}</td>
            <td className={numberCell}>
              {count.format(connections.refused[id as keyof SystemRefused])} of {count.format(connections.accepted)}
            </td>
            <td>{about}</td>
          </tr>
        ))}
      </Table>
    </>
  );
}

/** Whose certificate it is, and what clients trust it by. */
const signedBy = (authority: string | null): [string, ReactNode][] =>
  authority === null
    ? [["Signed by", "an authority that you chose; its file is read again when it changes"]]
    : [
        ["Signed by", "this installation's own authority; it renews by itself"],
        ["Authority's SHA-256", <Fingerprint key="authority" of={authority} />],
        [
          "For clients",
          <span key="ca">
            the authority's certificate, <code>ca.crt</code> in the server's data folder: <CertificateButton /> Whoever
            fetches it over a connection that is not trusted yet compares its SHA-256 with the authority's.
          </span>,
        ],
      ];
