// One alert: where it stands, what it counted, whom it told, and what became of that.

import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { api } from "../api/client";
import { every, tenantPath, useMay } from "../api/people";
import { queries } from "../api/queries";
import {
  type Alert,
  type AlertTest,
  alertHistory,
  alert as alertQuery,
  alerts as alertsQuery,
  destinations as destinationsQuery,
} from "../api/watching";
import { Button, LinkButton, TextLink } from "../kit/controls";
import { Confirm } from "../kit/dialog";
import { LogLine } from "../kit/log";
import { Asked, Fact, Facts, muted, OnlyLooks, Page, Panel, whole } from "../kit/page";
import { Note } from "../kit/states";
import { Ago, count } from "../kit/time";
import { toast } from "../kit/toast";
import { isNotThere, NotThere } from "../kit/unready";
import { useMe } from "../shell/shell";
import { StateBadge } from "./alerts";
import { History } from "./history";
import { useKeeperName, useSourceName } from "./named";
import { AlertPages } from "./pages";
import { Preview, usePreview } from "./preview";
import { Tested } from "./tested";
import { countedAt, isLookedAt, ruleWords, stopWords, troubleWords } from "./words";

const AGAIN_MS = 30_000;

export function AlertPage() {
  const me = useMe();
  const { alert: id } = useParams({ from: "/inside/alerts/$alert" });
  const asked = useQuery({
    ...alertQuery(me.tenant ?? "", id),
    enabled: me.tenant !== null,
    refetchInterval: every(AGAIN_MS),
  });
  const may = useMay("alerts:manage") === true;
  return (
    <Page
      title={asked.data?.name ?? "Alert"}
      lead={<AlertPages />}
      actions={asked.data && may ? <Actions alert={asked.data} /> : undefined}
    >
      {isNotThere(asked.error) ? (
        <NotThere what="alert" all={{ name: "All alerts", href: "/app/alerts" }} />
      ) : (
        <Asked of={asked} what="the alert">
          {(alert) => <Whole alert={alert} mayManage={may} />}
        </Asked>
      )}
    </Page>
  );
}

function Whole({ alert, mayManage }: { alert: Alert; mayManage: boolean }) {
  const me = useMe();
  const sourceOf = useSourceName();
  const keeperOf = useKeeperName();
  const history = useQuery({ ...alertHistory(me.tenant ?? "", alert.id), refetchInterval: every(AGAIN_MS) });
  const { source, query, comparison, threshold, window_minutes } = alert;
  const rule = useMemo(
    () => ({ source, query, comparison, threshold, window_minutes }),
    [source, query, comparison, threshold, window_minutes],
  );
  const preview = usePreview(me.tenant, rule, alert.since);
  return (
    <>
      {alert.stopped && <Stopped alert={alert} mayManage={mayManage} />}
      {alert.trouble && !alert.stopped && (
        <Note tone="warn">
          <p>
            There is no count since <Ago at={alert.trouble.since} />: {troubleWords(alert.trouble.code)}. The state
            stays as it was, and it is tried again.
          </p>
        </Note>
      )}
      <Facts>
        <Fact name="State">
          <StateBadge alert={alert} />
        </Fact>
        {isLookedAt(alert) && (
          <Fact name="Since">
            <Ago at={alert.since} />
          </Fact>
        )}
        <Fact name="Last count">
          {alert.last ? (
            <>
              {count.format(alert.last.count)}, <Ago at={alert.last.at} />{" "}
              <TextLink href={countedAt(alert, alert.last.at)}>Show the records</TextLink>
            </>
          ) : (
            "not yet: the first look is within a minute"
          )}
        </Fact>
        <Fact name="Alerts on">{ruleWords(alert)}</Fact>
        <Fact name="Source">
          <TextLink href={`/app/sources/${alert.source}`}>{sourceOf(alert.source)}</TextLink>
        </Fact>
        <Fact name="Kept by">{keeperOf(alert.keeper)}</Fact>
        {alert.missed_rounds > 0 && <Fact name="Looks that gave no count">{count.format(alert.missed_rounds)}</Fact>}
      </Facts>
      <p>
        <span className={muted}>Records that match </span>
        {alert.query ? (
          <code className={whole}>
            <LogLine text={alert.query} />
          </code>
        ) : (
          "anything: every record counts"
        )}
      </p>
      <Panel title="The last 24 hours" help="As the rule is now, whatever it was then.">
        <Preview asked={preview} rule={rule} />
      </Panel>
      <ToldTo alert={alert} />
      <Panel title="What happened">
        <Asked of={history} what="the history">
          {(history) => <History alert={alert} history={history} />}
        </Asked>
      </Panel>
      {!mayManage && <OnlyLooks right="alerts:manage" what="change or test it" />}
    </>
  );
}

/** An alert belongs to whoever may read what it counts; whoever says it anew takes it over. */
function Stopped({ alert, mayManage }: { alert: Alert; mayManage: boolean }) {
  const me = useMe();
  const [isRunning, setRunning] = useState(false);
  const takeOver = async () => {
    setRunning(true);
    const { name, source, query, comparison, threshold, window_minutes, destinations } = alert;
    const spec = { name, source, query, comparison, threshold, window_minutes, destinations };
    try {
      await api("PUT", tenantPath(me.tenant ?? "", `/alerts/${alert.id}`), spec);
      await queries.invalidateQueries({ queryKey: alertsQuery(me.tenant).queryKey });
      toast(`You keep ${name} from now on`);
    } catch (error) {
      toast(error instanceof Error ? error.message : "It could not be taken over", { kind: "failed" });
    } finally {
      setRunning(false);
    }
  };
  return (
    <Note tone="bad">
      <p>
        Nobody looks since <Ago at={alert.stopped?.at ?? ""} />. {stopWords(alert.stopped?.code ?? "")}
      </p>
      {mayManage && alert.stopped?.code !== "source_gone" && (
        <p>
          <Button size="small" onPress={takeOver} isPending={isRunning}>
            Take it over
          </Button>
        </p>
      )}
    </Note>
  );
}

function ToldTo({ alert }: { alert: Alert }) {
  const me = useMe();
  const asked = useQuery(destinationsQuery(me.tenant));
  return (
    <Panel title="Who is told">
      <Asked of={asked} what="where it is told">
        {(all) => {
          const told = all.filter((one) => alert.destinations.includes(one.id));
          if (told.length === 0) return <p className={muted}>Nobody: its state shows on this console alone.</p>;
          return <p>{told.map((one) => `${one.name} (${one.kind})`).join(", ")}</p>;
        }}
      </Asked>
    </Panel>
  );
}

function Actions({ alert }: { alert: Alert }) {
  const me = useMe();
  const navigate = useNavigate();
  const [isDeleting, setDeleting] = useState(false);
  const [isTesting, setTesting] = useState(false);
  const [tested, setTested] = useState<AlertTest | null>(null);
  const path = tenantPath(me.tenant ?? "", `/alerts/${alert.id}`);
  const test = async () => {
    setTesting(true);
    try {
      setTested(await api<AlertTest>("POST", `${path}/test`));
      await queries.invalidateQueries({ queryKey: alertHistory(me.tenant ?? "", alert.id).queryKey });
    } catch (error) {
      toast(error instanceof Error ? error.message : "The test could not be sent", { kind: "failed" });
    } finally {
      setTesting(false);
    }
  };
  return (
    <>
      <LinkButton href={`/app/alerts/${alert.id}/change`}>Change</LinkButton>
      <Button onPress={test} isPending={isTesting} isDisabled={alert.destinations.length === 0}>
        Send a test
      </Button>
      <Button look="danger" onPress={() => setDeleting(true)}>
        Delete
      </Button>
      <Tested result={tested} onClose={() => setTested(null)} />
      <Confirm
        title={`Delete alert “${alert.name}”?`}
        verb="Delete alert"
        isOpen={isDeleting}
        onClose={() => setDeleting(false)}
        onConfirm={async () => {
          await api("DELETE", path);
          await navigate({ to: "/alerts" });
          await queries.invalidateQueries({ queryKey: alertsQuery(me.tenant).queryKey, exact: true });
          toast(`Alert ${alert.name} is deleted`);
        }}
      >
        Nobody looks any more, and its history is gone; what was done with it stays in the audit trail.
      </Confirm>
    </>
  );
}
