// Where a query is written: what may come next is offered, and what the server says is wrong stands at its place.

import { type KeyboardEvent, type RefObject, useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { Problem } from "../api/client";
import { Button } from "../kit/controls";
import { short } from "../kit/time";
import { completed, type Place, placeAt } from "./complete";
import type { Asked } from "./fields-panel";
import css from "./logs.module.css";
import { useSuggestions } from "./use-suggestions";
import { placeOf } from "./view";

export function QueryField(props: {
  query: string;
  asked: Asked;
  onRun: (query: string) => void;
  /** What the screen took along into the query that comes next; in it nothing of that is lost. */
  taken?: RefObject<string | null>;
  /** What was written when somebody goes on to something else. */
  onLeave?: (query: string) => void;
  error: unknown;
  field: RefObject<HTMLTextAreaElement | null>;
}) {
  const { query, onRun, error, field, taken } = props;
  const [text, setText] = useState(query);
  const [place, setPlace] = useState<Place | null>(null);
  const [chosen, setChosen] = useState(-1);
  const caret = useRef<number | null>(null);
  const id = useId();
  const offered = useSuggestions(props.asked, place);
  // A query of an address takes the place of what was being written, which is offered then.
  const [draft, setDraft] = useState("");
  const latest = useRef({ query, text });
  useEffect(() => {
    const was = { query: latest.current.query, text: latest.current.text.trim() };
    latest.current.query = query;
    if (was.query === query) return;
    setDraft([was.query, query, taken?.current].includes(was.text) ? "" : was.text);
    if (taken) taken.current = null;
    setText(query);
  }, [query, taken]);
  latest.current.text = text;
  useLayoutEffect(() => {
    if (caret.current === null) return;
    field.current?.setSelectionRange(caret.current, caret.current);
    caret.current = null;
  });

  const close = () => {
    setPlace(null);
    setChosen(-1);
  };
  const write = (next: string, at: number) => {
    setText(next);
    setDraft("");
    setPlace(placeAt(next, at));
    setChosen(-1);
  };
  const take = (number: number) => {
    const suggestion = offered[number];
    if (!place || !suggestion) return;
    const made = completed(text, place, suggestion);
    caret.current = made.caret;
    // After a name its values are what comes next.
    write(made.text, made.caret);
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const isOpen = place !== null && offered.length > 0;
    if (isOpen && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      const by = event.key === "ArrowDown" ? 1 : -1;
      // From the last one goes back to the text itself.
      setChosen(((chosen + 1 + by + offered.length + 1) % (offered.length + 1)) - 1);
    } else if (isOpen && chosen >= 0 && (event.key === "Enter" || event.key === "Tab")) take(chosen);
    else if (isOpen && event.key === "Escape") close();
    else if (event.key === "Enter" && !event.shiftKey) {
      close();
      onRun(text.trim());
    } else if (event.key === "Escape") field.current?.blur();
    else return;
    event.preventDefault();
  };
  const problem = error instanceof Problem && error.at !== undefined ? error : null;
  // Nobody knows yet of what was written since.
  const isFormer = text.trim() !== query.trim();
  const isOpen = place !== null && offered.length > 0;
  return (
    <div className={css.query}>
      <textarea
        ref={field}
        id="query"
        rows={1}
        aria-label="Query"
        aria-invalid={problem !== null && !isFormer}
        aria-describedby={problem ? "query-wrong" : undefined}
        aria-autocomplete="list"
        aria-controls={isOpen ? id : undefined}
        aria-activedescendant={isOpen && chosen >= 0 ? `${id}-${chosen}` : undefined}
        placeholder='Words, or fields: level:error service:api "connection reset"'
        value={text}
        onChange={(event) => write(event.target.value, event.target.selectionStart)}
        onKeyDown={onKeyDown}
        onBlur={() => {
          close();
          props.onLeave?.(text.trim());
        }}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        maxLength={16_384}
      />
      {isOpen && (
        <div
          className={css.offered}
          id={id}
          role="listbox"
          aria-label={place.kind === "name" ? "Fields" : `Values of ${place.name}`}
        >
          {offered.map((one, number) => (
            <div
              key={one.text}
              id={`${id}-${number}`}
              role="option"
              aria-selected={number === chosen}
              // Before the text loses the focus, which closes the list.
              onPointerDown={(event) => {
                event.preventDefault();
                take(number);
              }}
            >
              <span>{one.shown}</span>
              <span className={css.small}>{short(one.count)}</span>
            </div>
          ))}
        </div>
      )}
      <span className="visually-hidden" role="status">
        {isOpen ? `${offered.length} suggestions; arrow keys choose` : ""}
      </span>
      {draft && (
        <p className={css.small}>
          You were writing <code>{draft}</code>{" "}
          <Button
            size="small"
            onPress={() => {
              setText(draft);
              setDraft("");
              field.current?.focus();
            }}
          >
            Write on
          </Button>
        </p>
      )}
      {problem && <Wrong problem={problem} query={query} isFormer={isFormer} />}
    </div>
  );
}

/** The query with the place that is wrong, and what would be right. */
function Wrong({ problem, query, isFormer }: { problem: Problem; query: string; isFormer: boolean }) {
  const from = placeOf(query, problem.at ?? 0);
  const to = Math.max(from + 1, placeOf(query, (problem.at ?? 0) + (problem.length ?? 1)));
  return (
    <div className={css.wrong} id="query-wrong" role="alert" {...(isFormer ? { "data-former": "" } : {})}>
      <div>
        {isFormer && "The query before: "}
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
