// What stands in the place of the rows. Loading, failed, nothing and something are four different things.

import { useState } from "react";
import { Problem } from "../api/client";
import type { Source } from "../api/types";
import { FirstLog } from "../first-run/first-log";
import { Button } from "../kit/controls";
import { Empty, ErrorBox, Waiting } from "../kit/states";
import { NotAllowed } from "../kit/unready";
import type { Asked } from "./fields-panel";
import css from "./logs.module.css";
import { meant } from "./nearest";
import type { useSearch } from "./use-search";
import { useNames } from "./use-suggestions";

type Search = ReturnType<typeof useSearch>;

export function Found(props: {
  isLive: boolean;
  search: Search;
  source: Source;
  asked: Asked;
  /** The permission that whoever looks does not have. */
  missing: string | null;
  isEmpty: boolean;
  onWiden: () => void;
  onRun: (query?: string) => void;
  onStop: () => void;
  rows: React.ReactNode;
}) {
  const { search, isLive, source } = props;
  const [isSending, setSending] = useState(false);
  const hasQuery = props.asked.query !== "";
  if (props.missing !== null) return <NotAllowed permission={props.missing} what={`the logs of “${source.name}”`} />;
  if (isLive && props.isEmpty) {
    return (
      <>
        {props.rows}
        <p className={css.none}>Nothing has arrived since you began to follow.</p>
      </>
    );
  }
  if (isLive) return props.rows;
  if (search.isError && Problem.of(search.error).at !== undefined) {
    return <Empty title="The query cannot be read">Its place is marked above, with what would be right.</Empty>;
  }
  if (search.isError && props.isEmpty) {
    return (
      <div className={css.alone}>
        <ErrorBox error={search.error} retry={() => void search.refetch()} />
      </div>
    );
  }
  if (search.isStopped) {
    return (
      <Empty
        title="The search was stopped"
        action={
          <Button look="primary" onPress={() => props.onRun()}>
            Run again
          </Button>
        }
      />
    );
  }
  if (search.isPending) {
    return (
      <Waiting>
        Searching …{" "}
        <Button size="small" onPress={props.onStop}>
          Stop
        </Button>
      </Waiting>
    );
  }
  if (!props.isEmpty) return props.rows;
  if (isSending) {
    return (
      <div className={css.details}>
        <FirstLog source={source} writeKey={null} onOpen={() => props.onRun()} />
      </div>
    );
  }
  return (
    <Empty
      title={hasQuery ? "Nothing matches in this time" : "No events in this time"}
      action={
        <div className={css.tools}>
          <Button onPress={props.onWiden}>Look at all time</Button>
          {hasQuery ? (
            <Meant asked={props.asked} onRun={props.onRun} />
          ) : (
            <Button look="primary" onPress={() => setSending(true)}>
              Send your first log
            </Button>
          )}
        </div>
      }
    >
      {hasQuery
        ? "The query was read as it stands above; other words or more time may find something."
        : `Nothing came into “${source.name}” in this time.`}
    </Empty>
  );
}

/** The query that may have been meant, where one of its fields is nowhere in this time. */
function Meant({ asked, onRun }: { asked: Asked; onRun: (query: string) => void }) {
  const { data } = useNames(asked, true);
  const query =
    data &&
    meant(
      asked.query,
      data.fields.map((field) => field.name),
    );
  if (!query) return null;
  return (
    <Button look="primary" onPress={() => onRun(query)}>
      Did you mean {query}?
    </Button>
  );
}

export function End({ search }: { search: Search }) {
  if (search.isFetchNextPageError) return <ErrorBox error={search.error} retry={() => void search.fetchNextPage()} />;
  if (search.isFetchingNextPage) return <>More are on their way …</>;
  return search.hasNextPage ? <>There is more; scroll on.</> : <>That is all of this time.</>;
}
