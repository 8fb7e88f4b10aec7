// What is looked for in the trail. Each condition stands in the address, and can be taken away alone.

import { useQuery } from "@tanstack/react-query";
import { type RefObject, useEffect, useState } from "react";
import { sources as sourcesQuery } from "../api/queries";
import { Button, Select } from "../kit/controls";
import kit from "../kit/page.module.css";
import { flat } from "../kit/text";
import css from "./audit.module.css";
import { GROUPS, spoken } from "./trail";
import type { View } from "./view";

const RESULTS = [
  { id: "", name: "Done and refused" },
  { id: "done", name: "Done" },
  { id: "refused", name: "Refused" },
];
const TIMES = [
  { id: "", name: "Any time" },
  { id: "now-1h", name: "Last hour" },
  { id: "now-24h", name: "Last 24 hours" },
  { id: "now-7d", name: "Last 7 days" },
  { id: "now-30d", name: "Last 30 days" },
];

/** What was chosen elsewhere (on an entry, or in a link) is a choice here, too. */
function withOwn(options: { id: string; name: string }[], value: string | undefined, name = value) {
  return value === undefined || options.some((one) => one.id === value)
    ? options
    : [...options, { id: value, name: flat(name ?? value) }];
}

export function Filters(props: {
  view: View;
  names: ReadonlyMap<string, string>;
  tenant: string | null;
  onChange: (next: Partial<View>) => void;
  searchRef: RefObject<HTMLInputElement | null>;
}) {
  const { view, names, tenant, onChange, searchRef } = props;
  const { data: all } = useQuery({ ...sourcesQuery(tenant ?? ""), enabled: tenant !== null, retry: false });
  const [words, setWords] = useState(view.q ?? "");
  useEffect(() => setWords(view.q ?? ""), [view.q]);
  const set = (name: keyof View) => (value: string) => onChange({ [name]: value || undefined });
  const groups = [{ id: "", name: "Everything" }, ...GROUPS.map((group) => ({ id: group.events, name: group.name }))];
  const sources = [
    { id: "", name: "Every source" },
    ...(all ?? []).map((source) => ({ id: source.id, name: source.name })),
  ];
  const chosen = (["actor", "address", "request", "until"] as const).flatMap((name) => {
    const value = view[name];
    return value === undefined ? [] : [{ name, value }];
  });
  return (
    <form
      className={kit.row}
      aria-label="What to look for"
      onSubmit={(event) => {
        event.preventDefault();
        onChange({ q: words.trim() || undefined } as Partial<View>);
      }}
    >
      <input
        ref={searchRef}
        className={css.words}
        type="search"
        aria-label="Words somewhere in the entry"
        placeholder="Words somewhere in the entry"
        maxLength={200}
        value={words}
        onChange={(event) => setWords(event.target.value)}
      />
      <Select
        label="What happened"
        hideLabel
        options={withOwn(groups, view.event, spoken(view.event ?? ""))}
        value={view.event ?? ""}
        onChange={set("event")}
      />
      {tenant !== null && (
        <Select
          label="Source"
          hideLabel
          options={withOwn(sources, view.source)}
          value={view.source ?? ""}
          onChange={set("source")}
        />
      )}
      <Select
        label="Result"
        hideLabel
        options={withOwn(RESULTS, view.result)}
        value={view.result ?? ""}
        onChange={set("result")}
      />
      <Select
        label="Since"
        hideLabel
        options={withOwn(TIMES, view.since)}
        value={view.since ?? ""}
        onChange={set("since")}
      />
      <Button type="submit">Look</Button>
      {chosen.map(({ name, value }) => (
        <Button key={name} size="small" onPress={() => onChange({ [name]: undefined })}>
          {name} <bdi>{flat(names.get(value.split(":")[1] ?? "") ?? value)}</bdi> <span aria-hidden="true">×</span>
          <span className="visually-hidden">, take away</span>
        </Button>
      ))}
    </form>
  );
}
