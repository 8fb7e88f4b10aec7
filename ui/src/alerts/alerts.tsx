// The alerts of a tenant: where each stands, since when, and what it counted last.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { every, useMay } from "../api/people";
import { type Alert, alerts as alertsQuery } from "../api/watching";
import { LinkButton, TextLink } from "../kit/controls";
import { LogLine } from "../kit/log";
import { Asked, cut, muted, named, Page } from "../kit/page";
import { Badge, Empty, numberCell, Table } from "../kit/states";
import { Ago, count } from "../kit/time";
import { useMe } from "../shell/shell";
import css from "./alerts.module.css";
import { useSourceName } from "./named";
import { AlertPages } from "./pages";
import { countedAt, isLookedAt, ruleWords, standing } from "./words";

// Each is looked at once a minute.
const AGAIN_MS = 30_000;

export function Alerts() {
  const me = useMe();
  const asked = useQuery({ ...alertsQuery(me.tenant), refetchInterval: every(AGAIN_MS) });
  const mayManage = useMay("alerts:manage") === true;
  const make = mayManage ? (
    <LinkButton look="primary" href="/app/alerts/new">
      New alert
    </LinkButton>
  ) : undefined;
  return (
    <Page title="Alerts" lead={<AlertPages />} actions={asked.data?.length ? make : undefined}>
      {me.tenant === null ? (
        <Empty title="No organization">This account is a member of none, so there are no alerts to show.</Empty>
      ) : (
        <Asked of={asked} what="the alerts">
          {(all) => (all.length === 0 ? <None make={make} /> : <List all={all} />)}
        </Asked>
      )}
    </Page>
  );
}

function None({ make }: { make: React.ReactNode }) {
  return (
    <Empty title="No alerts yet" action={make}>
      An alert counts the records that match a query, once a minute, and tells when there are too many or too few, and
      when that is over. It can be tried against the last day before it is kept.
      {!make && " To make one takes the permission alerts:manage, which your roles do not have."}
    </Empty>
  );
}

function List({ all }: { all: readonly Alert[] }) {
  const nameOf = useSourceName();
  const firing = all.filter((alert) => alert.state === "alerting" && !alert.stopped).length;
  // What wants to be looked at stands first.
  const rank = (alert: Alert) => (alert.stopped ? 1 : alert.state === "alerting" ? 0 : alert.trouble ? 1 : 2);
  const sorted = [...all].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
  return (
    <>
      <p className={muted}>
        {firing} of {all.length} alerting. Each is looked at once a minute.
      </p>
      <Table
        label="Alerts"
        columns={["Alert", "State", "Since", "Alerts on", "Source", { name: "Last count", number: true }, "Checked"]}
      >
        {sorted.map((alert) => (
          <tr key={alert.id}>
            <td className={named}>
              <Link to="/alerts/$alert" params={{ alert: alert.id }}>
                {alert.name}
              </Link>
            </td>
            <td>
              <StateBadge alert={alert} />
            </td>
            <td>{alert.stopped || isLookedAt(alert) ? <Ago at={alert.stopped?.at ?? alert.since} /> : "not yet"}</td>
            <td className={css.rule}>
              {ruleWords(alert)}
              {alert.query && (
                <code className={cut}>
                  <LogLine text={alert.query} />
                </code>
              )}
            </td>
            <td>{nameOf(alert.source)}</td>
            <td className={numberCell}>
              {alert.last ? (
                <TextLink href={countedAt(alert, alert.last.at)} aria-label={`${alert.last.count} records: show them`}>
                  {count.format(alert.last.count)}
                </TextLink>
              ) : (
                "none yet"
              )}
            </td>
            <td>{alert.last ? <Ago at={alert.last.at} /> : "not yet"}</td>
          </tr>
        ))}
      </Table>
    </>
  );
}

export function StateBadge({ alert }: { alert: Alert }) {
  const { word, tone } = standing(alert);
  return <Badge {...(tone ? { tone } : {})}>{word}</Badge>;
}
