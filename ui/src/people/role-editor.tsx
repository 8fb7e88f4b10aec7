// Makes or changes a role of the organization's own.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api/client";
import { type OneRole, ownAbilities, type Permission, type RoleSpec } from "../api/people";
import { queries } from "../api/queries";
import { Button, Checkbox, Field } from "../kit/controls";
import { Confirm, Dialog } from "../kit/dialog";
import { muted, stack } from "../kit/page";
import { Badge, ErrorBox } from "../kit/states";
import { toast } from "../kit/toast";
import { Form } from "../sign-in/ways";
import { OBJECTS } from "./roles";
import css from "./roles.module.css";

const NEW: RoleSpec = { name: "", description: "", permissions: [], second_factor: false };

export function RoleEditor(props: {
  tenant: string;
  role: OneRole | null;
  permissions: readonly Permission[];
  onClose: () => void;
}) {
  const { role, tenant } = props;
  const {
    id: _,
    built_in: __,
    created_at: ___,
    ...given
  } = { id: "", built_in: false, created_at: "", ...(role ?? NEW) };
  const [spec, setSpec] = useState<RoleSpec>(given);
  const [error, setError] = useState<unknown>(null);
  const [isDeleting, setDeleting] = useState(false);
  const path = `/v1/tenants/${tenant}/roles`;
  const again = async () => {
    await queries.invalidateQueries({ queryKey: ["/roles", tenant] });
    await queries.invalidateQueries({ queryKey: ["abilities", tenant] });
    await queries.invalidateQueries({ queryKey: ["own-abilities"] });
  };
  const submit = async () => {
    const asked = { ...spec, name: spec.name.trim(), description: spec.description.trim() };
    await api(role ? "PUT" : "POST", role ? `${path}/${role.id}` : path, asked);
    await again();
    toast(role ? `Role ${asked.name} is changed, from the next request on` : `Role ${asked.name} is made`);
    props.onClose();
  };
  const title = role ? `Change role “${role.name}”` : "New role";
  return (
    <>
      <Dialog title={title} isOpen={!isDeleting} onClose={props.onClose} isKept wide>
        <Form
          onCancel={props.onClose}
          verb={role ? "Save role" : "Make role"}
          onSubmit={submit}
          onError={setError}
          isDisabled={!spec.name.trim() || spec.permissions.length === 0}
        >
          <Field
            label="Name"
            value={spec.name}
            onChange={(name) => setSpec({ ...spec, name })}
            maxLength={64}
            autoFocus
            isRequired
          />
          <Field
            label="What it is for"
            value={spec.description}
            onChange={(description) => setSpec({ ...spec, description })}
            maxLength={300}
          />
          <Checkbox isSelected={spec.second_factor} onChange={(second_factor) => setSpec({ ...spec, second_factor })}>
            Whoever has it has to sign in with a second factor
          </Checkbox>
          <Permissions
            permissions={props.permissions}
            value={spec.permissions}
            onChange={(permissions) => setSpec({ ...spec, permissions })}
          />
          {error !== null && <ErrorBox error={error} />}
        </Form>
        {role && (
          <p>
            <Button look="danger" onPress={() => setDeleting(true)}>
              Delete role …
            </Button>
          </p>
        )}
      </Dialog>
      <Confirm
        title={`Delete role “${role?.name ?? ""}”?`}
        verb="Delete role"
        isOpen={isDeleting}
        onClose={() => setDeleting(false)}
        onConfirm={async () => {
          await api("DELETE", `${path}/${role?.id}`);
          await again();
          toast(`Role ${role?.name} is deleted`);
          props.onClose();
        }}
      >
        Nobody loses anything by it: a role that somebody has, or is invited with, is not deleted.
      </Confirm>
    </>
  );
}

function Permissions(props: {
  permissions: readonly Permission[];
  value: readonly string[];
  onChange: (value: string[]) => void;
}) {
  const { data: mine } = useQuery(ownAbilities);
  // Nobody hands out what they do not have in the whole organization; the server refuses it in any case.
  const isMine = (permission: Permission) => {
    const places = mine?.find((one) => one.permission === permission.name)?.places;
    return !mine || places?.some((place) => place.at !== "source") === true;
  };
  const set = (name: string, isOn: boolean) =>
    props.onChange(isOn ? [...props.value, name] : props.value.filter((one) => one !== name));
  return (
    <div className={stack}>
      {OBJECTS.map((object) => (
        <fieldset key={object.id} className={css.permissions}>
          <legend>{object.name}</legend>
          {props.permissions
            .filter((permission) => permission.object === object.id)
            .map((permission) => (
              <Checkbox
                key={permission.name}
                isSelected={props.value.includes(permission.name)}
                isDisabled={!isMine(permission) && !props.value.includes(permission.name)}
                onChange={(isOn) => set(permission.name, isOn)}
              >
                <span>
                  <code>{permission.name}</code> <span className={muted}>{permission.description}</span>{" "}
                  {permission.sensitive && <Badge tone="warn">sensitive</Badge>}{" "}
                  {!isMine(permission) && <Badge>not yours to give</Badge>}
                </span>
              </Checkbox>
            ))}
        </fieldset>
      ))}
    </div>
  );
}
