// The organization's own page: what it claims of its product, what was found, and which hosts are its own.

import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api } from "../api/client";
import type { OwnClaim, OwnPageWithClaims, Tried } from "../api/described";
import { useMay } from "../api/people";
import { queries } from "../api/queries";
import { Button, Field, LinkButton } from "../kit/controls";
import { Confirm } from "../kit/dialog";
import { OnlyLooks } from "../kit/page";
import kit from "../kit/page.module.css";
import { Badge, Empty, ErrorBox, Note } from "../kit/states";
import { Ago } from "../kit/time";
import { toast } from "../kit/toast";
import { Unready } from "../kit/unready";
import { useMe } from "../shell/shell";
import { Form } from "../sign-in/ways";
import { ClaimForm } from "./claim-form";
import css from "./claims.module.css";
import { type Draft, takeBrought } from "./draft";
import { Hosts } from "./hosts";
import { Frame } from "./pages";

const STATES: Record<string, { word: string; tone: "good" | "bad" | "warn" }> = {
  PASS: { word: "verified", tone: "good" },
  FAIL: { word: "failing", tone: "bad" },
  UNKNOWN: { word: "could not be measured", tone: "warn" },
  STALE: { word: "not measured lately", tone: "warn" },
  WITHDRAWN: { word: "withdrawn", tone: "warn" },
  EXPIRED: { word: "ended", tone: "warn" },
  "NOT-CLAIMED": { word: "not signed yet", tone: "warn" },
};

const RIGHT = "overview:manage";

export function OwnPage() {
  const me = useMe();
  useEffect(() => {
    document.title = "Own claims - Blockhouse";
  }, []);
  return (
    <Frame title="Own claims" at="/security/own" of="own" canChoose={false}>
      {me.tenant === null ? (
        <Empty title="No organization">This account is a member of none, so there is no page of its own.</Empty>
      ) : (
        <Page path={`/v1/tenants/${me.tenant}/overview`} tenant={me.tenant} />
      )}
    </Frame>
  );
}

function Page({ path, tenant }: { path: string; tenant: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ["own-page", tenant],
    queryFn: ({ signal }) => api<OwnPageWithClaims>("GET", path, undefined, signal),
  });
  const [writing, setWriting] = useState<{ draft: Draft | null; brought?: Partial<Draft> } | null>(() => {
    const brought = takeBrought();
    return brought ? { draft: null, brought } : null;
  });
  const may = useMay(RIGHT);
  const again = async () => {
    await queries.invalidateQueries({ queryKey: ["own-page", tenant] });
  };
  if (!data) return <Unready error={error} retry={() => void refetch()} what="the organization's own page" />;
  if (!data.page) return <Found path={path} onFounded={again} />;
  if (writing && may)
    return (
      <ClaimForm
        path={path}
        tenant={tenant}
        hosts={data.hosts.map((one) => one.host)}
        draft={writing.draft}
        brought={writing.brought ?? null}
        onClose={() => setWriting(null)}
        onKept={async () => {
          await again();
          setWriting(null);
          toast("The draft is kept. Nobody else sees it until it is published");
        }}
      />
    );
  return (
    <>
      <p className={kit.muted}>
        {data.page.publisher} speaks, at <a href={`/security/t/${data.page.slug}`}>{data.page.url}</a>.
      </p>
      <section className={css.group} aria-label="Claims">
        <div className={kit.head}>
          <h2>Claims</h2>
          {may && (
            <Button look="primary" onPress={() => setWriting({ draft: null })}>
              New claim
            </Button>
          )}
        </div>
        {may === false && <OnlyLooks right={RIGHT} what="write, publish or take back claims" />}
        {data.claims.length === 0 && (
          <Empty title="No claims yet">
            {may ? "Write one, try it, and publish it when it says what you mean." : "Nobody wrote one so far."}
          </Empty>
        )}
        {data.claims.map((one) => (
          <Row
            key={one.id}
            one={one}
            path={path}
            mayChange={may === true}
            onEdit={() => setWriting({ draft: one.draft })}
            onChanged={again}
          />
        ))}
      </section>
      <Hosts path={path} hosts={data.hosts} mayChange={may === true} onChanged={again} />
    </>
  );
}

function Found({ path, onFounded }: { path: string; onFounded: () => Promise<void> }) {
  const may = useMay(RIGHT);
  const [slug, setSlug] = useState("");
  const [publisher, setPublisher] = useState("");
  const [error, setError] = useState<unknown>(null);
  const submit = async () => {
    await api("POST", path, { slug: slug.trim(), publisher: publisher.trim() });
    await onFounded();
  };
  return (
    <section className={css.row} aria-label="Name the page">
      <h2>There is no page yet</h2>
      <p>
        A page in public says what your product does, in your words. Behind each sentence this installation looks,
        hourly, whether your logs or your hosts fit it, and everybody sees what it found. What did not fit stays on the
        page for 90 days, whatever you do.
      </p>
      {error !== null && <ErrorBox error={error} />}
      {may === false && <OnlyLooks right={RIGHT} what="name it" />}
      {may && (
        <Form verb="Name the page" onSubmit={submit} onError={setError} isDisabled={!slug.trim() || !publisher.trim()}>
          <div className={kit.pair}>
            <Field
              label="Name in the address"
              help="Lower-case letters, digits and hyphens. It is for ever."
              value={slug}
              onChange={setSlug}
              maxLength={40}
              mono
              isRequired
            />
            <Field
              label="Who speaks there"
              help="As everybody reads it, such as the name of your company."
              value={publisher}
              onChange={setPublisher}
              maxLength={64}
              isRequired
            />
          </div>
        </Form>
      )}
    </section>
  );
}

function Row(props: {
  one: OwnClaim;
  path: string;
  mayChange: boolean;
  onEdit: () => void;
  onChanged: () => Promise<void>;
}) {
  const { one, path, mayChange, onEdit, onChanged } = props;
  const { id, draft, published } = one;
  const at = (verb: string) => `${path}/claims/${encodeURIComponent(id)}/${verb}`;
  const [tried, setTried] = useState<Tried | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isTrying, setTrying] = useState(false);
  const [asking, setAsking] = useState<"publish" | "take-back" | "discard" | null>(null);
  const isSaid = published !== null && one.withdrawn_until === null;
  const differs = isSaid && JSON.stringify(published) !== JSON.stringify(draft);
  const unknown = draft.bound.kind === "attested" ? "not signed yet" : "not looked at yet";
  const state = published && (STATES[one.state ?? ""] ?? { word: unknown, tone: "warn" as const });
  const lookOnce = async () => {
    setTrying(true);
    setError(null);
    try {
      setTried(await api<Tried>("POST", at("try")));
    } catch (failed) {
      setError(failed);
    } finally {
      setTrying(false);
    }
  };
  return (
    <article className={css.row} aria-label={draft.title}>
      <div className={css.rowhead}>
        <h3>{draft.title}</h3>
        {state ? <Badge tone={state.tone}>{state.word}</Badge> : <Badge>draft</Badge>}
        <code className={kit.muted}>{id}</code>
      </div>
      <p>{draft.sentence}</p>
      {differs && <p className={kit.muted}>The page still says: {published?.sentence}</p>}
      {one.withdrawn_until && (
        <p className={kit.muted}>
          Shown as withdrawn; it leaves the page <Ago at={one.withdrawn_until} />.
        </p>
      )}
      {error !== null && <ErrorBox error={error} />}
      {tried && <Look tried={tried} />}
      {mayChange && (
        <div className={css.actions}>
          <Button size="small" onPress={onEdit} aria-label={`Edit: ${draft.title}`}>
            Edit
          </Button>
          {draft.bound.kind !== "attested" && (
            <Button
              size="small"
              onPress={() => void lookOnce()}
              isPending={isTrying}
              aria-label={`Try: ${draft.title}`}
            >
              Try
            </Button>
          )}
          {(!isSaid || differs) && (
            <Button
              size="small"
              look="primary"
              onPress={() => setAsking("publish")}
              aria-label={`Publish: ${draft.title}`}
            >
              Publish
            </Button>
          )}
          {isSaid && draft.bound.kind === "attested" && (
            <LinkButton size="small" href="/app/security/statements?of=own" aria-label={`Sign it: ${draft.title}`}>
              Sign it
            </LinkButton>
          )}
          {isSaid && (
            <Button
              size="small"
              look="danger"
              onPress={() => setAsking("take-back")}
              aria-label={`Take back: ${draft.title}`}
            >
              Take back
            </Button>
          )}
          {published === null && (
            <Button
              size="small"
              look="danger"
              onPress={() => setAsking("discard")}
              aria-label={`Discard: ${draft.title}`}
            >
              Discard
            </Button>
          )}
        </div>
      )}
      <Confirm
        title={`Publish “${draft.title}”?`}
        verb="Publish claim"
        isOpen={asking === "publish"}
        onClose={() => setAsking(null)}
        onConfirm={async () => {
          await api("POST", at("publish"));
          await onChanged();
          toast("It is on the page; the first look follows within a minute");
        }}
      >
        Everybody reads it from now on. If it is found not to hold, that stays on the page for 90 days.
      </Confirm>
      <Confirm
        title={`Take back “${draft.title}”?`}
        verb="Take back claim"
        isOpen={asking === "take-back"}
        onClose={() => setAsking(null)}
        onConfirm={async () => {
          const { became } = await api<{ became: string }>("POST", at("unpublish"));
          await onChanged();
          toast(became === "withdrawn" ? "It is shown as withdrawn" : "It is off the page");
        }}
      >
        It is said no more. If it was found not to hold on one of the last 90 days, it stays as withdrawn.
      </Confirm>
      <Confirm
        title={`Discard “${draft.title}”?`}
        verb="Discard draft"
        isOpen={asking === "discard"}
        onClose={() => setAsking(null)}
        onConfirm={async () => {
          await api("DELETE", `${path}/claims/${encodeURIComponent(id)}`);
          await onChanged();
        }}
      >
        The draft is forgotten.
      </Confirm>
    </article>
  );
}

/** What one look found; nobody else sees it. */
function Look({ tried }: { tried: Tried }) {
  const isFound = tried.twin === "broken";
  const [word, tone] =
    isFound && tried.verdict === "held"
      ? (["It would be verified", "good"] as const)
      : isFound && tried.verdict === "broken"
        ? (["It would fail", "bad"] as const)
        : (["It could not be measured", "warn"] as const);
  return (
    <Note tone={tone}>
      <div role="status">
        <p>
          <strong>{word}:</strong> {tried.summary}.
        </p>
        <ul>
          {tried.counts.map((one) => (
            <li key={one.what}>
              {one.counted}
              {one.whole === null ? "" : ` of ${one.whole}`} {one.what}
            </li>
          ))}
          {tried.details.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      </div>
    </Note>
  );
}
