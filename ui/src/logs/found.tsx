// What stands in the place of the rows. Loading, failed, nothing and something are four different things.

import { useState } from "react";
import { Problem } from "../api/client";
import type { Source } from "../api/types";
import { FirstLog } from "../first-run/first-log";
import { Button } from "../kit/controls";
import { Empty, ErrorBox, Waiting } from "../kit/states";
import css from "./logs.module.css";
import type { useSearch } from "./use-search";

type Search = ReturnType<typeof useSearch>;

export function Found(props: {
  isLive: boolean;
  search: Search;
  source: Source;
  hasQuery: boolean;
  isEmpty: boolean;
  onWiden: () => void;
  onRun: () => void;
  onStop: () => void;
  rows: React.ReactNode;
}) {
  const { search, isLive, source } = props;
  const [isSending, setSending] = useState(false);
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
          <Button look="primary" onPress={props.onRun}>
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
        <FirstLog source={source} writeKey={null} onOpen={props.onRun} />
      </div>
    );
  }
  return (
    <Empty
      title={props.hasQuery ? "Nothing matches in this time" : "No events in this time"}
      action={
        <div className={css.tools}>
          <Button onPress={props.onWiden}>Look at all time</Button>
          {!props.hasQuery && (
            <Button look="primary" onPress={() => setSending(true)}>
              Send your first log
            </Button>
          )}
        </div>
      }
    >
      {props.hasQuery
        ? "The query was read as it stands above; other words or more time may find something."
        : `Nothing came into “${source.name}” in this time.`}
    </Empty>
  );
}

export function End({ search }: { search: Search }) {
  if (search.isFetchNextPageError) return <ErrorBox error={search.error} retry={() => void search.fetchNextPage()} />;
  if (search.isFetchingNextPage) return <>More are on their way …</>;
  return search.hasNextPage ? <>There is more; scroll on.</> : <>That is all of this time.</>;
}
