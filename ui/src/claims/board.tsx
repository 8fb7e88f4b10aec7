// The claims board: each sentence of a page with its state, what was counted, ninety days, and the proof.

import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import { api } from "../api/client";
import { Button, LinkButton } from "../kit/controls";
import kit from "../kit/page.module.css";
import { Badge, Empty, Note, Snippet } from "../kit/states";
import { Ago, count } from "../kit/time";
import { Unready } from "../kit/unready";
import { Card } from "./card";
import css from "./claims.module.css";
import {
  GROUP_IDS,
  groupName,
  isFirstLook,
  type Overview,
  overview as overviewQuery,
  STANDINGS,
  standing,
} from "./overview";
import { Frame } from "./pages";
import { useSubject } from "./subject";

export function Board() {
  const { of, tenant } = useSubject("installation");
  useEffect(() => {
    document.title = "Security page - Blockhouse";
  }, []);
  return (
    <Frame title="Security page" at="/security" of={of} canChoose>
      {of === "installation" ? <OfPage path="/security" /> : <OfTenant tenant={tenant ?? ""} />}
    </Frame>
  );
}

function OfTenant({ tenant }: { tenant: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ["own-page", tenant],
    queryFn: ({ signal }) =>
      api<{ page: { slug: string } | null }>("GET", `/v1/tenants/${tenant}/overview`, undefined, signal),
  });
  if (!data) return <Unready error={error} retry={() => void refetch()} what="the organization's own page" />;
  const begin = <LinkButton href="/app/security/own">Own claims</LinkButton>;
  if (!data.page)
    return (
      <Empty title="The organization has no page yet" action={begin}>
        A page in public says what your product does, and this installation looks whether it does.
      </Empty>
    );
  return <OfPage path={`/security/t/${data.page.slug}`} />;
}

function OfPage({ path }: { path: string }) {
  const { data, error, refetch } = useQuery(overviewQuery(path));
  if (data === undefined) return <Unready error={error} retry={() => void refetch()} what="the page" />;
  if (data === null)
    return (
      <Empty
        title="Nothing is said on this page yet"
        action={<LinkButton href="/app/security/own">Own claims</LinkButton>}
      >
        It is shown to everybody as soon as a claim is published.
      </Empty>
    );
  return <Claims path={path} overview={data.overview} signed={data.signed} />;
}

function Claims({ path, overview, signed }: { path: string; overview: Overview; signed: string }) {
  const navigate = useNavigate();
  const { state } = useSearch({ from: "/inside/security" });
  const all = useMemo(
    () => overview.claims.map((claim) => ({ claim, standing: standing(claim, overview.made) })),
    [overview],
  );
  const counts = STANDINGS.map((one) => ({
    ...one,
    count: all.filter((claim) => claim.standing === one.id).length,
  })).filter((one) => one.count > 0);
  const shown = all.filter((one) => !state || one.standing === state);
  const order = (id: string) => STANDINGS.findIndex((one) => one.id === id);
  const groups = [...new Set([...GROUP_IDS, ...shown.map((one) => one.claim.group)])]
    .map((group) => ({
      group,
      claims: shown.filter((one) => one.claim.group === group).sort((a, b) => order(a.standing) - order(b.standing)),
    }))
    .filter(({ claims }) => claims.length > 0);
  const show = (next: string | undefined) =>
    void navigate({
      to: "/security",
      search: ((now: object) => ({ ...now, state: next })) as never,
      replace: true,
    });
  return (
    <>
      <div className={css.counts} role="group" aria-label="Claims by state">
        <Button size="small" pressed={!state} onPress={() => show(undefined)}>
          All {count.format(all.length)}
        </Button>
        {counts.map((one) => (
          <Button key={one.id} size="small" pressed={state === one.id} onPress={() => show(one.id)}>
            {one.sign} {count.format(one.count)} {one.word.toLowerCase()}
          </Button>
        ))}
      </div>
      <p className={kit.muted}>
        Made <Ago at={overview.made} />, {overview.publisher} speaks.{" "}
        {signed === "counts" ? (
          <Badge tone="good">✓ signature checked here</Badge>
        ) : signed === "cannot-look" ? (
          <Badge tone="warn">signature not checked: this browser has no Ed25519</Badge>
        ) : (
          <Badge tone="bad">✕ not signed with the log's key</Badge>
        )}{" "}
        <a href={path}>The page as everybody sees it</a>
        {overview.withheld > 0 && ` · details of ${count.format(overview.withheld)} claims are withheld`}
      </p>
      {isFirstLook(overview) && (
        <Note>
          <p role="status">
            The first look is under way: a new server has nothing to measure before its first records. What could not be
            measured is looked at again within half a minute, and appears here by itself.
          </p>
        </Note>
      )}
      {signed === "does-not" && (
        <Note tone="bad">
          <p role="alert">
            What the server gives is not signed with the key of its public log. Do not rely on what stands here.
          </p>
        </Note>
      )}
      {groups.map(({ group, claims }) => (
        <section key={group} className={css.group} aria-label={groupName(group)}>
          <h2>{groupName(group)}</h2>
          {claims.map((one) => (
            <Card key={one.claim.id} claim={one.claim} standing={one.standing} overview={overview} path={path} />
          ))}
        </section>
      ))}
      {groups.length === 0 && (
        <Empty title="No claim is in this state" action={<Button onPress={() => show(undefined)}>Show all</Button>} />
      )}
      {!state && overview.notClaimed.length > 0 && (
        <details>
          <summary>
            Not claimed here: {count.format(overview.notClaimed.length)} of the library's sentences, with the reason
          </summary>
          <dl className={css.absent}>
            {overview.notClaimed.map((one) => (
              <div key={one.id}>
                <dt>
                  {one.title} <code>{one.id}</code>
                </dt>
                <dd className={kit.muted}>{one.reason}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
      <section className={css.group} aria-label="Verify it yourself">
        <h2>Verify it yourself</h2>
        <p className={kit.muted}>
          From a machine that this server does not run on. <Link to="/audit">The audit trail</Link> is proved in the
          same way.
        </p>
        <Snippet what="Command" text={`blockhouse verify-overview ${overview.url} --key ${overview.log.key}`} />
      </section>
    </>
  );
}
