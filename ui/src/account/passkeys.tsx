// The account's passkeys.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api/client";
import { addPasskey, deviceName, passkeysWork } from "../api/passkey";
import { type Passkey, passkeys as passkeysQuery } from "../api/people";
import { me as meQuery, queries } from "../api/queries";
import { Button, RowButton } from "../kit/controls";
import { Confirm } from "../kit/dialog";
import { Asked, muted, Panel, row, rowOf, rows } from "../kit/page";
import { Ago } from "../kit/time";
import { toast } from "../kit/toast";
import { useOpened } from "../shell/opened";
import { Named } from "../sign-in/named";

/** What a change of the ways to sign in touches. */
export const again = () => queries.invalidateQueries({ queryKey: meQuery.queryKey });

async function changed() {
  await queries.invalidateQueries({ queryKey: passkeysQuery.queryKey });
  await again();
}

export function Passkeys() {
  const asked = useQuery(passkeysQuery);
  const [isAdding, setAdding] = useOpened("passkey");
  const [renamed, setRenamed] = useState<Passkey | null>(null);
  const [removed, setRemoved] = useState<Passkey | null>(null);
  return (
    <Panel
      title="Passkeys"
      help="Both factors in one: the device, and its PIN, finger or face. It cannot be guessed, and no other site can ask for it."
      actions={
        passkeysWork() && (
          <Button size="small" onPress={() => setAdding(true)}>
            Add a passkey
          </Button>
        )
      }
    >
      {!passkeysWork() && <p className={muted}>This browser offers no passkeys at {location.host}.</p>}
      <Asked of={asked} what="your passkeys">
        {(all) =>
          all.length === 0 ? (
            <p className={muted}>None yet.</p>
          ) : (
            <ul className={rows}>
              {all.map((passkey) => (
                <li key={passkey.id} className={rowOf}>
                  <div>
                    {passkey.name}
                    <br />
                    <span className={muted}>
                      made <Ago at={passkey.created_at} /> ·{" "}
                      {passkey.used_at ? (
                        <>
                          used <Ago at={passkey.used_at} />
                        </>
                      ) : (
                        "never used"
                      )}
                    </span>
                  </div>
                  <div className={row}>
                    <RowButton verb="Rename" of={`passkey ${passkey.name}`} onPress={() => setRenamed(passkey)} />
                    <RowButton
                      verb="Remove"
                      of={`passkey ${passkey.name}`}
                      look="danger"
                      onPress={() => setRemoved(passkey)}
                    />
                  </div>
                </li>
              ))}
            </ul>
          )
        }
      </Asked>
      {isAdding && passkeysWork() && (
        <Named
          title="Add a passkey"
          verb="Add passkey"
          given={deviceName()}
          help={`It works at ${location.hostname} only. Add another one when this server gets another name.`}
          onClose={() => setAdding(false)}
          onName={async (name) => {
            await addPasskey(name);
            await changed();
            toast(`The passkey “${name}” is added`);
          }}
        />
      )}
      {renamed && (
        <Named
          title={`Rename passkey “${renamed.name}”`}
          verb="Rename passkey"
          given={renamed.name}
          onClose={() => setRenamed(null)}
          onName={async (name) => {
            await api("PATCH", `/v1/me/passkeys/${renamed.id}`, { name });
            await changed();
          }}
        />
      )}
      <Confirm
        title={`Remove passkey “${removed?.name ?? ""}”?`}
        verb="Remove passkey"
        isOpen={removed !== null}
        onClose={() => setRemoved(null)}
        onConfirm={async () => {
          await api("DELETE", `/v1/me/passkeys/${removed?.id}`);
          await changed();
          toast("The passkey is removed. Delete it on the device, too");
        }}
      >
        It opens this account no more, and every other session ends.
      </Confirm>
    </Panel>
  );
}
