// When an alert began and was over, and what became of each message about it.

import { useQuery } from "@tanstack/react-query";
import { type Alert, type AlertHistory, type AlertMessage, destinations as destinationsQuery } from "../api/watching";
import { TextLink } from "../kit/controls";
import { muted } from "../kit/page";
import { Badge, numberCell, Table } from "../kit/states";
import { Ago, count } from "../kit/time";
import { useMe } from "../shell/shell";
import css from "./alerts.module.css";
import { alertedFor, logsOf, messageWords } from "./words";

export function History({ alert, history }: { alert: Alert; history: AlertHistory }) {
  const { changes, tests } = history;
  return (
    <>
      {changes.length === 0 ? (
        <p className={muted}>It has never changed its state.</p>
      ) : (
        <Table
          label="Changes of state"
          columns={["Became", "When", { name: "Count", number: true }, "Records", "Told"]}
        >
          {changes.map((change) => (
            <tr key={change.number}>
              <td>
                <Badge tone={change.state === "alerting" ? "bad" : "good"}>{change.state}</Badge>
                <Lasted changes={changes} number={change.number} />
              </td>
              <td>
                <Ago at={change.at} />
              </td>
              <td className={numberCell}>{count.format(change.count)}</td>
              <td>
                <TextLink href={logsOf(alert, change.from, change.to)}>Show the records</TextLink>
              </td>
              <td>
                <Messages all={change.messages} />
              </td>
            </tr>
          ))}
        </Table>
      )}
      {tests.length > 0 && (
        <>
          <h3>Tests</h3>
          <Messages all={tests} />
        </>
      )}
    </>
  );
}

function Lasted({ changes, number }: { changes: AlertHistory["changes"]; number: number }) {
  const time = alertedFor(changes, number);
  return time && <span className={muted}> after {time} of alerting</span>;
}

function Messages({ all }: { all: readonly AlertMessage[] }) {
  const me = useMe();
  const { data = [] } = useQuery(destinationsQuery(me.tenant));
  if (all.length === 0) return <span className={muted}>nobody</span>;
  return (
    <ul className={css.told}>
      {all.map((message) => (
        <li key={message.id} className={css.message}>
          {data.find((one) => one.id === message.destination)?.name ?? "a destination that is gone"}:{" "}
          <span className={message.failure && !message.sent_at ? css.failed : undefined} title={message.created_at}>
            {messageWords(message)}
          </span>
        </li>
      ))}
    </ul>
  );
}
