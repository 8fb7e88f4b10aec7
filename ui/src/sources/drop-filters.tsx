// What of a source's records is dropped before anything of them is kept.

import { queryOptions, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, Problem } from "../api/client";
import type { DropFilter, DropFilters } from "../api/described";
import { queries } from "../api/queries";
import type { Source } from "../api/types";
import { Button, Field, LinkButton, RowButton } from "../kit/controls";
import { Dialog } from "../kit/dialog";
import { LogLine } from "../kit/log";
import { Asked, muted, OnlyLooks, Panel, row, rowOf, rows } from "../kit/page";
import { ErrorBox, Note } from "../kit/states";
import { flat } from "../kit/text";
import { count } from "../kit/time";
import { toast } from "../kit/toast";
import { Form } from "../sign-in/ways";
import { wouldDrop, wrongField } from "./filters";
import { useMayWith } from "./may";

const RIGHT = "source:configure";

const pathOf = (source: Source) => `/v1/sources/${source.id}/filters`;
const filtersOf = (source: Source) =>
  queryOptions({
    queryKey: ["filters", source.id],
    queryFn: ({ signal }) => api<DropFilters>("GET", pathOf(source), undefined, signal),
  });

/** Changes the list as it stands on the server now: a change names all filters, and somebody else may have made one. */
async function change(source: Source, how: (filters: DropFilter[]) => DropFilter[]) {
  const { filters } = await api<DropFilters>("GET", pathOf(source));
  const saved = await api<DropFilters>("PUT", pathOf(source), { filters: how(filters) });
  queries.setQueryData(filtersOf(source).queryKey, saved);
}

export function DropFiltersPanel({ source }: { source: Source }) {
  const may = useMayWith(source.id);
  const [maySee, mayChange, mayRead] = [may("source:view"), may(RIGHT), may("logs:read") === true];
  const asked = useQuery({ ...filtersOf(source), enabled: maySee === true });
  const [isMaking, setMaking] = useState(false);
  if (maySee !== true || mayChange === undefined) return null;
  return (
    <Panel
      title="Dropped before it is kept"
      help="A filter drops each record whose message holds its text, in whatever case. Senders are told of success. Nobody can bring back what was dropped."
      actions={mayChange && asked.data && <Button onPress={() => setMaking(true)}>New filter</Button>}
    >
      <Asked of={asked} what="what is dropped">
        {({ filters, dropped }) => (
          <>
            {filters.length === 0 ? (
              <p>No filters: every record that is taken is kept.</p>
            ) : (
              <ul className={rows} aria-label="Filters">
                {filters.map((filter) => (
                  <li key={filter.name} className={rowOf}>
                    <div>
                      {flat(filter.name)} <span className={muted}>drops messages that hold</span>{" "}
                      <LogLine text={filter.contains} />
                    </div>
                    <div className={row}>
                      {mayRead && (
                        <LinkButton
                          size="small"
                          href={wouldDrop(source.id, filter.contains)}
                          aria-label={`Search for it: ${filter.name}`}
                        >
                          Search for it
                        </LinkButton>
                      )}
                      {mayChange && (
                        <RowButton
                          verb="Remove"
                          of={filter.name}
                          look="danger"
                          onPress={() => void remove(source, filter)}
                        />
                      )}
                    </div>
                  </li>
                ))}
              </ul>
            )}
            {(dropped > 0 || filters.length > 0) && (
              <p className={muted}>
                {timesWords(dropped)} dropped so far. A change counts for the next request on; what is stored already
                stays.
              </p>
            )}
            {!mayChange && <OnlyLooks right={RIGHT} what="change what is dropped" />}
            <NewFilter
              source={source}
              filters={filters}
              mayRead={mayRead}
              isOpen={isMaking}
              onClose={() => setMaking(false)}
            />
          </>
        )}
      </Asked>
    </Panel>
  );
}

const timesWords = (dropped: number) =>
  dropped === 0 ? "No record was" : dropped === 1 ? "1 record was" : `${count.format(dropped)} records were`;

/** At once, and it is put back for whoever changes their mind. */
async function remove(source: Source, filter: DropFilter) {
  let at = 0;
  const failed = (error: unknown) => toast(Problem.of(error).detail, { kind: "failed" });
  const undo = () =>
    change(source, (filters) => filters.toSpliced(at, 0, filter)).then(
      () => toast(`${filter.name} drops again, from the next request on`),
      failed,
    );
  try {
    await change(source, (filters) => {
      at = Math.max(
        0,
        filters.findIndex((one) => one.name === filter.name),
      );
      return filters.filter((one) => one.name !== filter.name);
    });
    toast(`${filter.name} is removed; what it dropped is kept from the next request on`, { undo: () => void undo() });
  } catch (error) {
    failed(error);
  }
}

type Making = {
  source: Source;
  filters: readonly DropFilter[];
  mayRead: boolean;
  isOpen: boolean;
  onClose: () => void;
};

function NewFilter({ source, filters, mayRead, isOpen, onClose }: Making) {
  const [name, setName] = useState("");
  const [contains, setContains] = useState("");
  const [error, setError] = useState<unknown>(null);
  const made = { name: name.trim(), contains };
  const problem = error === null ? null : Problem.of(error);
  const field = problem && wrongField(problem, made, filters);
  const wrong = (one: keyof DropFilter) => (field === one ? problem?.detail : undefined);
  const close = () => {
    setName("");
    setContains("");
    setError(null);
    onClose();
  };
  const submit = async () => {
    await change(source, (filters) => [...filters, made]);
    close();
    toast(`${made.name} drops from the next request on`);
  };
  return (
    <Dialog title="New filter" isOpen={isOpen} onClose={close} isKept>
      {problem && !field && <ErrorBox error={problem} />}
      <Form
        onCancel={close}
        verb="Drop from now on"
        onSubmit={submit}
        onError={setError}
        isDisabled={!made.name || !contains.trim()}
      >
        <Field label="Name" value={name} onChange={setName} maxLength={64} wrong={wrong("name")} autoFocus isRequired />
        <Field
          label="Drop records whose message holds"
          help="A text, in whatever case; no pattern. A stack trace is dropped as a whole."
          value={contains}
          onChange={setContains}
          wrong={wrong("contains")}
          mono
          isRequired
        />
        <Note tone="warn">
          <p>What it drops is kept nowhere, not in a backup either, and nobody can bring it back.</p>
          {mayRead && (
            <p>
              {contains.trim() ? (
                <LinkButton size="small" href={wouldDrop(source.id, contains)} target="_blank">
                  See what this would drop
                </LinkButton>
              ) : (
                "Write a text to see what this would drop."
              )}
            </p>
          )}
        </Note>
      </Form>
    </Dialog>
  );
}
