// One saved view: what it asks, what it draws, and the records behind it.

import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useKeeperName, useSourceName } from "../alerts/named";
import { useMay } from "../api/people";
import { type SavedView, savedView } from "../api/watching";
import { Button, LinkButton, TextLink } from "../kit/controls";
import { LogLine } from "../kit/log";
import { Asked, Fact, Facts, muted, OnlyLooks, Page, Panel, whole } from "../kit/page";
import { Ago } from "../kit/time";
import { isNotThere, NotThere } from "../kit/unready";
import { useZone, zoneName } from "../kit/zone";
import { useMe } from "../shell/shell";
import { Drawn } from "./drawn";
import { RangeBar } from "./range-bar";
import { useRemove } from "./use-remove";
import { ViewForm } from "./view-form";
import { specOf } from "./views";
import { logsAddress, measureWords, timeWords } from "./words";

const RIGHT = "views:manage";

export function ViewPage() {
  const me = useMe();
  const { view: id } = useParams({ from: "/inside/views/$view" });
  const asked = useQuery({ ...savedView(me.tenant ?? "", id), enabled: me.tenant !== null });
  const may = useMay(RIGHT);
  return (
    <Page
      title={asked.data?.name ?? "Saved view"}
      actions={asked.data && <Actions view={asked.data} mayManage={may === true} />}
    >
      {!isNotThere(asked.error) && (
        <p>
          <TextLink href="/app/views">All saved views</TextLink>
        </p>
      )}
      {isNotThere(asked.error) ? (
        <NotThere what="view" all={{ name: "All saved views", href: "/app/views" }} />
      ) : (
        <Asked of={asked} what="the view">
          {(view) => <Whole view={view} />}
        </Asked>
      )}
      {may === false && asked.data && <OnlyLooks right={RIGHT} what="change or delete it" />}
    </Page>
  );
}

function Whole({ view }: { view: SavedView }) {
  const zone = useZone();
  const { from } = useSearch({ from: "/inside/views/$view" });
  const navigate = useNavigate();
  const sourceOf = useSourceName();
  const keeperOf = useKeeperName();
  const [look, setLook] = useState(() => Date.now());
  const onFrom = (next: string | undefined) => {
    setLook(Date.now());
    void navigate({
      to: "/views/$view",
      params: { view: view.id },
      search: next ? { from: next } : {},
      replace: true,
    });
  };
  return (
    <>
      <Facts>
        <Fact name="Source">
          <TextLink href={`/app/sources/${view.source}`}>{sourceOf(view.source)}</TextLink>
        </Fact>
        <Fact name="Time">{timeWords(view)}</Fact>
        {view.columns.length > 0 && <Fact name="Columns">{view.columns.join(", ")}</Fact>}
        <Fact name="Saved by">{keeperOf(view.keeper)}</Fact>
        <Fact name="Changed">
          <Ago at={view.changed_at} />
        </Fact>
      </Facts>
      <p>
        <span className={muted}>Asks for </span>
        {view.query ? (
          <code className={whole}>
            <LogLine text={view.query} />
          </code>
        ) : (
          "all records"
        )}
      </p>
      {view.graph ? (
        <Panel
          title={measureWords(view.graph)}
          actions={<RangeBar from={from} onFrom={onFrom} onLook={() => setLook(Date.now())} />}
        >
          <Drawn view={view} graph={view.graph} range={{ from, look }} />
          <p className={muted}>Times in {zoneName(zone)}.</p>
        </Panel>
      ) : (
        <p className={muted}>It draws nothing. Change it to have its records counted or their numbers drawn.</p>
      )}
    </>
  );
}

function Actions({ view, mayManage }: { view: SavedView; mayManage: boolean }) {
  const me = useMe();
  const navigate = useNavigate();
  const sourceOf = useSourceName();
  const remove = useRemove(me.tenant ?? "");
  const [isChanging, setChanging] = useState(false);
  const leave = async () => {
    if (await remove(view)) await navigate({ to: "/views", search: {} });
  };
  return (
    <>
      <LinkButton look="primary" href={logsAddress(view)}>
        Show the records
      </LinkButton>
      {mayManage && (
        <>
          <Button onPress={() => setChanging(true)}>Change</Button>
          <Button look="danger" onPress={leave}>
            Delete
          </Button>
        </>
      )}
      {isChanging && (
        <ViewForm
          tenant={me.tenant ?? ""}
          sourceName={sourceOf(view.source)}
          spec={specOf(view)}
          id={view.id}
          onClose={() => setChanging(false)}
        />
      )}
    </>
  );
}
