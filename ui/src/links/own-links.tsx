// One's own short links: what each leads to, until when, and an end to it.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useSourceName } from "../alerts/named";
import { api } from "../api/client";
import { tenantPath } from "../api/people";
import { queries } from "../api/queries";
import { ownLinks, type ShortLink } from "../api/watching";
import { LinkButton, RowButton } from "../kit/controls";
import { Confirm } from "../kit/dialog";
import { LogLine } from "../kit/log";
import { cut, Panel } from "../kit/page";
import { copy, ErrorBox, Table } from "../kit/states";
import { Ago } from "../kit/time";
import { toast } from "../kit/toast";
import css from "../views/views.module.css";
import { timeWords } from "../views/words";
import { shortPath } from "./look";

const HELP =
  "Copy link in Logs makes one where an address is too long to pass on. It opens for whoever may read its source, and ends by itself after 90 days.";

export function OwnLinks({ tenant }: { tenant: string }) {
  const { data, error, refetch } = useQuery(ownLinks(tenant));
  const sourceOf = useSourceName();
  const [removed, setRemoved] = useState<ShortLink | null>(null);
  if (error && !data) return <ErrorBox error={error} retry={() => void refetch()} />;
  if (!data?.length) return null;
  const remove = async (link: ShortLink) => {
    await api("DELETE", tenantPath(tenant, `/links/${link.id}`));
    await queries.invalidateQueries({ queryKey: ownLinks(tenant).queryKey });
    toast("The short link is removed");
  };
  return (
    <Panel title="Your short links" help={HELP}>
      <Table
        label="Your short links"
        columns={["Query", "Source", "Time", "Made", "Ends", { name: "Actions", hidden: true }]}
      >
        {data.map((link) => (
          <tr key={link.id}>
            <td>
              <code className={cut}>
                <LogLine text={link.query || "all records"} />
              </code>
            </td>
            <td>{sourceOf(link.source)}</td>
            <td>{timeWords(link)}</td>
            <td>
              <Ago at={link.created_at} />
            </td>
            <td>
              <Ago at={link.ends_at} />
            </td>
            <td>
              <div className={css.acts}>
                <LinkButton size="small" href={shortPath(tenant, link.id)} aria-label={`Open ${named(link)}`}>
                  Open
                </LinkButton>
                <RowButton
                  verb="Copy"
                  of={named(link)}
                  onPress={() => void copy(`${location.origin}${shortPath(tenant, link.id)}`, "Short link")}
                />
                <RowButton verb="Remove" of={named(link)} look="danger" onPress={() => setRemoved(link)} />
              </div>
            </td>
          </tr>
        ))}
      </Table>
      <Confirm
        title="Remove this short link?"
        verb="Remove link"
        isOpen={removed !== null}
        onClose={() => setRemoved(null)}
        onConfirm={async () => removed && remove(removed)}
      >
        Whoever opens it from then on is told that it leads nowhere. The logs stay as they are.
      </Confirm>
    </Panel>
  );
}

/** No two are made at the same moment, and queries may be long. */
const named = (link: ShortLink) => `the short link of ${link.created_at.slice(0, 23).replace("T", " ")}`;
