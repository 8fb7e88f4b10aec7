// Who sent a record, and what it is sealed in, as the server saw it: no field that a client wrote.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { address, api } from "../api/client";
import { keys } from "../api/queries";
import type { LogRecord, RecordOrigin } from "../api/types";
import { who } from "../audit/trail";
import { Button } from "../kit/controls";
import { Moment } from "../kit/moment";
import { Badge, ErrorBox, Waiting } from "../kit/states";
import { flat } from "../kit/text";
import css from "./logs.module.css";

const NOT_KEPT = "Not kept: the record came before senders were.";

export function Origin({ source, record }: { source: string; record: LogRecord }) {
  const { data, error, refetch } = useQuery({
    queryKey: ["origin", source, record.id],
    queryFn: ({ signal }) =>
      api<RecordOrigin>("GET", address(`/v1/sources/${source}/origin`, { id: record.id }), undefined, signal),
    // A record that waits in the journal is in a part some time later.
    staleTime: 10_000,
  });
  if (error) return <ErrorBox error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting>Asking who sent the record …</Waiting>;
  return (
    <dl className={css.fieldList} data-pairs>
      <Entry name="Received">{data.received_at ? <Moment at={data.received_at} isNamed /> : NOT_KEPT}</Entry>
      <Entry name="Sent by">{data.sent_by ? <Sender source={source} sent={data.sent_by} /> : NOT_KEPT}</Entry>
      {data.sent_by?.address && <Entry name="From">{data.sent_by.address}</Entry>}
      {data.sent_by?.tls && <Entry name="Over">TLS {data.sent_by.tls}</Entry>}
      <Entry name={data.sealed_in[0]?.kind === "journal" ? "Sealed in the journal" : "Sealed in part"}>
        {data.sealed_in.map(({ id }) => id).join(", ")}
      </Entry>
      <Entry name={data.sealed_in.length > 1 ? "Data keys" : "Data key"}>
        {[...new Set(data.sealed_in.map((object) => object.data_key))].join(", ")}{" "}
        <Link to="/keys" search={{ source }}>
          Show keys
        </Link>
      </Entry>
      <Entry name="Proof">
        <Seals source={source} id={record.id} isFresh={data.sealed_in[0]?.kind === "journal"} />
      </Entry>
    </dl>
  );
}

/** What was shown was opened under the key that is named; all of the rest is opened when it is asked for. */
function Seals({ source, id, isFresh }: { source: string; id: string; isFresh: boolean }) {
  const [wanted, setWanted] = useState(false);
  const { data, error, isFetching, refetch, dataUpdatedAt } = useQuery({
    queryKey: ["seals", source, id],
    queryFn: ({ signal }) =>
      api<RecordOrigin>("GET", address(`/v1/sources/${source}/origin`, { id, seals: "true" }), undefined, signal),
    enabled: wanted,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (error) return <ErrorBox error={error} retry={() => void refetch()} />;
  const states = data?.sealed_in.map(({ seal }) => seal);
  const broken = states?.find((seal) => seal?.state === "broken");
  return (
    <>
      {isFetching ? (
        <Waiting>Opening all of it …</Waiting>
      ) : broken ? (
        <>
          <Badge tone="bad">broken</Badge> {broken.why}
        </>
      ) : states?.every((seal) => seal?.state === "whole") ? (
        <>
          <Badge tone="good">whole</Badge> every byte of it opened under its data key,{" "}
          <Moment at={new Date(dataUpdatedAt).toISOString()} isNamed />
        </>
      ) : states ? (
        "It was merged or ended meanwhile; look again."
      ) : isFresh ? (
        "What is shown came from memory; what keeps it is sealed with AES-256-GCM."
      ) : (
        "What is shown opened under its data key, in its place (AES-256-GCM)."
      )}{" "}
      <Button size="small" isDisabled={isFetching} onPress={() => (wanted ? void refetch() : setWanted(true))}>
        {states ? "Check again" : "Check all of it"}
      </Button>
    </>
  );
}

function Sender({ source, sent }: { source: string; sent: NonNullable<RecordOrigin["sent_by"]> }) {
  const id = sent.by.kind === "api_key" ? sent.by.id : undefined;
  // Whoever may not see keys is told the id.
  const { data } = useQuery({ ...keys(source), enabled: id !== undefined });
  const names = new Map((data ?? []).map((key) => [key.id, key.name]));
  const key = data?.find((one) => one.id === id);
  return (
    <>
      {flat(who(sent.by, names))}
      {key && <code> {key.prefix}</code>}
    </>
  );
}

function Entry({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
