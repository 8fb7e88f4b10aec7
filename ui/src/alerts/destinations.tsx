// Where alerts can be told: members' addresses, webhooks, chats.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api/client";
import { tenantPath, useMay } from "../api/people";
import { queries } from "../api/queries";
import {
  type AlertTest,
  alerts as alertsQuery,
  type Destination,
  destinations as destinationsQuery,
  type NewDestination,
} from "../api/watching";
import { Button, Field, RowButton } from "../kit/controls";
import { Actions, Confirm, Dialog } from "../kit/dialog";
import { Asked, muted, OnlyLooks, Page, row, rowOf, rows } from "../kit/page";
import { Badge, Empty, ErrorBox, SecretOnce } from "../kit/states";
import { Ago } from "../kit/time";
import { toast } from "../kit/toast";
import { useMe } from "../shell/shell";
import { Form } from "../sign-in/ways";
import { NewWay } from "./new-way";
import { AlertPages } from "./pages";
import { Tested } from "./tested";

const RIGHT = "destinations:manage";
const KINDS = { mail: "mail", webhook: "webhook, signed", slack: "chat (Slack and alike)" } as const;

export function Destinations() {
  const me = useMe();
  const asked = useQuery(destinationsQuery(me.tenant));
  const may = useMay(RIGHT);
  const [isMaking, setMaking] = useState(false);
  const [made, setMade] = useState<NewDestination | null>(null);
  const make = may ? (
    <Button look="primary" onPress={() => setMaking(true)}>
      New destination
    </Button>
  ) : undefined;
  return (
    <Page title="Where alerts are told" lead={<AlertPages />} actions={asked.data?.length ? make : undefined}>
      {me.tenant === null ? (
        <Empty title="No organization">This account is a member of none.</Empty>
      ) : (
        <Asked of={asked} what="where alerts are told">
          {(all) =>
            all.length === 0 ? (
              <Empty title="Nowhere yet" action={make}>
                A member's address, a webhook, or a chat. What leaves is the alert's name, the count and a link, and
                never a record or the query.
              </Empty>
            ) : (
              <List all={all} mayManage={may === true} onSecret={setMade} />
            )
          }
        </Asked>
      )}
      {may === false && <OnlyLooks right={RIGHT} what="say where alerts are told" />}
      {isMaking && (
        <NewWay
          tenant={me.tenant ?? ""}
          onClose={() => setMaking(false)}
          onMade={(way) => {
            setMaking(false);
            if (way.secret) setMade(way);
            else if (way.kind === "mail")
              toast(`A code went to them; ${way.name} is told once they confirm it on this page`);
          }}
        />
      )}
      <Dialog
        title={`Secret of “${made?.name ?? ""}”`}
        isOpen={made !== null}
        onClose={() => setMade(null)}
        isShownOnce
      >
        <p>Whoever receives checks with it that a message comes from here.</p>
        {made?.secret && <SecretOnce secret={made.secret} what="signing secret" isSealed />}
        <Actions>
          <Button look="primary" onPress={() => setMade(null)}>
            I have copied the secret
          </Button>
        </Actions>
      </Dialog>
    </Page>
  );
}

type Doing = { what: "rotate" | "remove" | "confirm"; way: Destination } | null;

function List(props: { all: readonly Destination[]; mayManage: boolean; onSecret: (way: NewDestination) => void }) {
  const me = useMe();
  const [doing, setDoing] = useState<Doing>(null);
  const [testing, setTesting] = useState("");
  const [tested, setTested] = useState<AlertTest | null>(null);
  const { data: alerts = [] } = useQuery(alertsQuery(me.tenant));
  const path = (way: Destination | undefined, what = "") =>
    tenantPath(me.tenant ?? "", `/alert-destinations/${way?.id ?? ""}${what}`);
  const again = () => queries.invalidateQueries({ queryKey: destinationsQuery(me.tenant).queryKey });
  const close = () => setDoing(null);
  const test = async (way: Destination) => {
    setTesting(way.id);
    try {
      setTested(await api<AlertTest>("POST", path(way, "/test")));
    } catch (error) {
      toast(error instanceof Error ? error.message : "The test could not be sent", { kind: "failed" });
    } finally {
      setTesting("");
    }
  };
  const way = doing?.way;
  const users = alerts.filter((alert) => way && alert.destinations.includes(way.id));
  return (
    <>
      <ul className={rows} aria-label="Where alerts are told">
        {props.all.map((one) => (
          <li key={one.id} className={rowOf}>
            <div>
              <strong>{one.name}</strong>{" "}
              {one.confirmed === false ? (
                <Badge tone="warn">not confirmed yet</Badge>
              ) : (
                <Badge tone="good">{one.confirmed ? "confirmed" : "ready"}</Badge>
              )}
              <p className={muted}>
                {KINDS[one.kind]}, to{" "}
                {one.kind === "mail" ? (one.user === me.id ? me.email : "a member's own address") : one.to}; made{" "}
                <Ago at={one.created_at} />
              </p>
            </div>
            <div className={row}>
              {one.confirmed === false && one.user === me.id && (
                <Button size="small" look="primary" onPress={() => setDoing({ what: "confirm", way: one })}>
                  Confirm
                </Button>
              )}
              {props.mayManage && (
                <>
                  <RowButton
                    verb="Test"
                    of={one.name}
                    onPress={() => void test(one)}
                    isPending={testing === one.id}
                    isDisabled={one.confirmed === false}
                  />
                  {one.kind === "webhook" && (
                    <RowButton
                      verb="Rotate secret"
                      of={`of ${one.name}`}
                      onPress={() => setDoing({ what: "rotate", way: one })}
                    />
                  )}
                  <RowButton
                    verb="Remove"
                    of={one.name}
                    look="danger"
                    onPress={() => setDoing({ what: "remove", way: one })}
                  />
                </>
              )}
            </div>
          </li>
        ))}
      </ul>
      <Tested result={tested} onClose={() => setTested(null)} />
      <Confirm
        title={`Rotate the secret of “${way?.name ?? ""}”?`}
        verb="Rotate secret"
        isOpen={doing?.what === "rotate"}
        onClose={close}
        onConfirm={async () => props.onSecret(await api<NewDestination>("POST", path(way, "/rotate")))}
      >
        The secret of now signs nothing more: until the receiver knows the new one, it refuses what arrives.
      </Confirm>
      <Confirm
        title={`Remove “${way?.name ?? ""}”?`}
        verb="Remove"
        isOpen={doing?.what === "remove"}
        onClose={close}
        onConfirm={async () => {
          await api("DELETE", path(way));
          await Promise.all([again(), queries.invalidateQueries({ queryKey: alertsQuery(me.tenant).queryKey })]);
          toast(`${way?.name} is told nothing more`);
        }}
      >
        {users.length === 0
          ? "No alert tells it."
          : `${users.length === 1 ? "1 alert tells" : `${users.length} alerts tell`} it, and will tell the others alone: ${users.map((alert) => alert.name).join(", ")}.`}
      </Confirm>
      {doing?.what === "confirm" && way && (
        <ConfirmMail
          name={way.name}
          onClose={close}
          onSubmit={async (code) => {
            await api("POST", path(way, "/confirm"), { code });
            await again();
            toast(`${way.name} is confirmed`);
            close();
          }}
        />
      )}
    </>
  );
}

function ConfirmMail(props: { name: string; onClose: () => void; onSubmit: (code: string) => Promise<unknown> }) {
  const [code, setCode] = useState("");
  const [error, setError] = useState<unknown>(null);
  return (
    <Dialog title={`Confirm “${props.name}”`} isOpen onClose={props.onClose} isKept>
      <p className={muted}>A message with a code came to your address; it counts for 24 hours.</p>
      {error !== null && <ErrorBox error={error} />}
      <Form
        onCancel={props.onClose}
        verb="Confirm"
        onSubmit={() => props.onSubmit(code.trim())}
        onError={setError}
        isDisabled={!code.trim()}
      >
        <Field label="Code" value={code} onChange={setCode} mono autoComplete="one-time-code" autoFocus isRequired />
      </Form>
    </Dialog>
  );
}
