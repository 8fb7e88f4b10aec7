// Where a query is written, and what the server says is wrong with it, at its place.

import { type KeyboardEvent, type RefObject, useEffect, useState } from "react";
import { Problem } from "../api/client";
import css from "./logs.module.css";
import { placeOf } from "./view";

export function QueryField(props: {
  query: string;
  onRun: (query: string) => void;
  error: unknown;
  field: RefObject<HTMLTextAreaElement | null>;
}) {
  const { query, onRun, error, field } = props;
  const [text, setText] = useState(query);
  // A query of an address, or of a filter, takes the place of what was being written.
  useEffect(() => setText(query), [query]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      onRun(text.trim());
    } else if (event.key === "Escape") field.current?.blur();
  };
  const problem = error instanceof Problem && error.at !== undefined ? error : null;
  return (
    <div className={css.query}>
      <textarea
        ref={field}
        id="query"
        rows={1}
        aria-label="Query"
        aria-invalid={problem !== null}
        aria-describedby={problem ? "query-wrong" : undefined}
        placeholder='Words, or fields: level:error service:api "connection reset"'
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        maxLength={16_384}
      />
      {problem && <Wrong problem={problem} query={query} />}
    </div>
  );
}

/** The query with the place that is wrong, and what would be right. */
function Wrong({ problem, query }: { problem: Problem; query: string }) {
  const from = placeOf(query, problem.at ?? 0);
  const to = Math.max(from + 1, placeOf(query, (problem.at ?? 0) + (problem.length ?? 1)));
  return (
    <div className={css.wrong} id="query-wrong" role="alert">
      <div>
        {query.slice(0, from)}
        <mark>{query.slice(from, to) || "␣"}</mark>
        {query.slice(to)}
      </div>
      <p>
        {problem.detail} {problem.hint}
      </p>
    </div>
  );
}
