// Questions that people saved: their graphs side by side, and a list of all.

import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useKeeperName, useSourceName } from "../alerts/named";
import { useMay } from "../api/people";
import { type SavedView, savedViews, type ViewGraph } from "../api/watching";
import { Button, Field, LinkButton, RowButton } from "../kit/controls";
import { LogLine } from "../kit/log";
import { Asked, cut, muted, named, OnlyLooks, Page, Panel } from "../kit/page";
import { Empty, Table } from "../kit/states";
import { Ago } from "../kit/time";
import { useZone, zoneName } from "../kit/zone";
import { useMe } from "../shell/shell";
import { Drawn, type Range } from "./drawn";
import { RangeBar } from "./range-bar";
import { useRemove } from "./use-remove";
import { ViewForm } from "./view-form";
import css from "./views.module.css";
import { logsAddress, measureWords, SHAPES, timeWords } from "./words";

const OwnLinks = lazy(async () => ({ default: (await import("../links/own-links")).OwnLinks }));

const RIGHT = "views:manage";
// Each graph is a question; nobody looks at all of five hundred.
const DRAWN = 8;
const FIND_FROM = 9;

export function Views() {
  const me = useMe();
  const { from } = useSearch({ from: "/inside/views" });
  const navigate = useNavigate();
  const asked = useQuery(savedViews(me.tenant));
  const [look, setLook] = useState(() => Date.now());
  const mayManage = useMay(RIGHT);
  // To ask without it would be a refusal in the trail.
  const mayLink = useMay("tenant:view") === true;
  const onFrom = (next: string | undefined) => {
    setLook(Date.now());
    void navigate({ to: "/views", search: next ? { from: next } : {}, replace: true });
  };
  const hasGraphs = asked.data?.some((view) => view.graph) === true;
  return (
    <Page
      title="Saved views"
      actions={hasGraphs ? <RangeBar from={from} onFrom={onFrom} onLook={() => setLook(Date.now())} /> : undefined}
    >
      {me.tenant === null ? (
        <Empty title="No organization">This account is a member of none, so there are no views to show.</Empty>
      ) : (
        <Asked of={asked} what="the saved views">
          {(all) =>
            all.length === 0 ? (
              <Empty title="No saved views yet" action={<LinkButton href="/app/logs">Go to logs</LinkButton>}>
                A view is a question to one source that somebody saved for the others: its query, columns and time, and
                a graph if it has one. Save one in Logs, under the button with three dots.
              </Empty>
            ) : (
              <All all={all} range={{ from, look }} mayManage={mayManage === true} />
            )
          }
        </Asked>
      )}
      {mayManage === false && asked.data && <OnlyLooks right={RIGHT} what="save, change or delete views" />}
      {me.kind === "person" && me.tenant !== null && mayLink && (
        <Suspense>
          <OwnLinks tenant={me.tenant} />
        </Suspense>
      )}
    </Page>
  );
}

const hasGraph = (view: SavedView): view is SavedView & { graph: ViewGraph } => view.graph !== null;

function All({ all, range, mayManage }: { all: readonly SavedView[]; range: Range; mayManage: boolean }) {
  const zone = useZone();
  const [wanted, setWanted] = useState("");
  const [drawn, setDrawn] = useState(DRAWN);
  const found = [...all]
    .filter((view) => `${view.name} ${view.query}`.toLowerCase().includes(wanted.trim().toLowerCase()))
    .sort((a, b) => a.name.localeCompare(b.name));
  const graphs = found.filter(hasGraph);
  return (
    <>
      {all.length >= FIND_FROM && <Field label="Find a view" value={wanted} onChange={setWanted} />}
      {graphs.length > 0 && (
        <div className={css.cards}>
          {graphs.slice(0, drawn).map((view) => (
            <Panel
              key={view.id}
              title={view.name}
              actions={
                <LinkButton size="small" href={`/app/views/${view.id}`} aria-label={`Open ${view.name}`}>
                  Open
                </LinkButton>
              }
            >
              <Drawn view={view} graph={view.graph} range={range} />
            </Panel>
          ))}
        </div>
      )}
      {graphs.length > drawn && (
        <p>
          <Button onPress={() => setDrawn(drawn + DRAWN)}>
            Draw more: {graphs.length - drawn} of {graphs.length} are not drawn
          </Button>
        </p>
      )}
      {graphs.length > 0 && <p className={muted}>Times in {zoneName(zone)}.</p>}
      {found.length === 0 ? <p className={muted}>None is called that.</p> : <List all={found} mayManage={mayManage} />}
    </>
  );
}

function List({ all, mayManage }: { all: readonly SavedView[]; mayManage: boolean }) {
  const me = useMe();
  const sourceOf = useSourceName();
  const keeperOf = useKeeperName();
  const remove = useRemove(me.tenant ?? "");
  const [changed, setChanged] = useState<SavedView | null>(null);
  return (
    <>
      <Table
        label="Saved views"
        columns={["View", "Source", "Query", "Time", "Graph", "Saved by", "Changed", { name: "Actions", hidden: true }]}
      >
        {all.map((view) => (
          <tr key={view.id}>
            <td className={named}>
              <Link to="/views/$view" params={{ view: view.id }} search={{}}>
                {view.name}
              </Link>
            </td>
            <td>{sourceOf(view.source)}</td>
            <td>
              {view.query ? (
                <code className={cut}>
                  <LogLine text={view.query} />
                </code>
              ) : (
                "all records"
              )}
            </td>
            <td>{timeWords(view)}</td>
            <td>{view.graph ? graphWords(view.graph) : "none"}</td>
            <td>{keeperOf(view.keeper)}</td>
            <td>
              <Ago at={view.changed_at} />
            </td>
            <td>
              <div className={css.acts}>
                <LinkButton size="small" href={logsAddress(view)} aria-label={`Records of ${view.name}`}>
                  Records
                </LinkButton>
                {mayManage && (
                  <>
                    <RowButton verb="Change" of={view.name} onPress={() => setChanged(view)} />
                    <RowButton verb="Delete" of={view.name} look="danger" onPress={() => void remove(view)} />
                  </>
                )}
              </div>
            </td>
          </tr>
        ))}
      </Table>
      {changed && (
        <ViewForm
          key={changed.id}
          tenant={me.tenant ?? ""}
          sourceName={sourceOf(changed.source)}
          spec={specOf(changed)}
          id={changed.id}
          onClose={() => setChanged(null)}
        />
      )}
    </>
  );
}

function graphWords(graph: ViewGraph): string {
  return `${measureWords(graph)}, ${SHAPES.find((shape) => shape.id === graph.shape)?.name}`;
}

/** What of a view can be said anew. */
export function specOf({ name, source, query, columns, from, to, graph }: SavedView) {
  return { name, source, query, columns, from, to, graph };
}
