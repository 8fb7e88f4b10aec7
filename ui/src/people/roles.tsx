// The roles of the organization, and what each allows, side by side.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import {
  type OneRole,
  type Permission,
  permissions as permissionsQuery,
  roles as rolesQuery,
  useMay,
} from "../api/people";
import { Button, classes, RowButton } from "../kit/controls";
import { Asked, muted, Page } from "../kit/page";
import { Badge, Empty, more } from "../kit/states";
import { NotAllowed } from "../kit/unready";
import { useMe } from "../shell/shell";
import { TeamPages } from "./pages";
import { RoleEditor } from "./role-editor";
import css from "./roles.module.css";

export const OBJECTS = [
  { id: "source", name: "On a source" },
  { id: "tenant", name: "In the organization" },
] as const;

export function Roles() {
  const me = useMe();
  const maySee = useMay("roles:view");
  const enabled = maySee === true && me.tenant !== null;
  const roles = useQuery({ ...rolesQuery(me.tenant), enabled });
  const catalogue = useQuery({ ...permissionsQuery(me.tenant), enabled });
  const mayManage = useMay("roles:manage") === true;
  const [edited, setEdited] = useState<OneRole | "new" | null>(null);
  if (me.tenant === null) {
    return (
      <Page title="Roles">
        <Empty title="No organization">This account is a member of none, so there are no roles to show.</Empty>
      </Page>
    );
  }
  if (maySee === false) {
    return (
      <Page title="Roles" lead={<TeamPages />}>
        <NotAllowed permission="roles:view" what="the roles" />
      </Page>
    );
  }
  return (
    <Page
      title="Roles"
      lead={<TeamPages />}
      actions={
        mayManage && (
          <Button look="primary" onPress={() => setEdited("new")} isDisabled={!catalogue.data}>
            New role
          </Button>
        )
      }
    >
      <Asked of={roles} what="the roles">
        {(roles) => (
          <Asked of={catalogue} what="the permissions that there are">
            {(permissions) => (
              <>
                <Matrix roles={roles} permissions={permissions} onEdit={mayManage ? setEdited : null} />
                <p className={muted}>
                  A permission marked “sensitive” also wants a proof of the last 10 minutes. The built-in roles do not
                  change.
                </p>
                {edited && (
                  <RoleEditor
                    key={edited === "new" ? "new" : edited.id}
                    tenant={me.tenant ?? ""}
                    role={edited === "new" ? null : edited}
                    permissions={permissions}
                    onClose={() => setEdited(null)}
                  />
                )}
              </>
            )}
          </Asked>
        )}
      </Asked>
    </Page>
  );
}

function Matrix(props: {
  roles: readonly OneRole[];
  permissions: readonly Permission[];
  onEdit: ((role: OneRole) => void) | null;
}) {
  const { onEdit } = props;
  const { roles, permissions } = props;
  return (
    <section className={classes(css.scroll, more)} tabIndex={0} aria-label="What each role allows">
      <table className={css.matrix}>
        <thead>
          <tr>
            <th scope="col">Permission</th>
            {roles.map((role) => (
              <th key={role.id} scope="col" title={`${role.name}: ${role.description}`}>
                <span className={css.name}>{role.name}</span>
                {role.second_factor && <Badge tone="info">2nd factor</Badge>}
                {!role.built_in && onEdit && (
                  <RowButton verb="Change" of={`role ${role.name}`} onPress={() => onEdit(role)} />
                )}
              </th>
            ))}
          </tr>
        </thead>
        {OBJECTS.map((object) => (
          <tbody key={object.id}>
            <tr>
              <th scope="rowgroup" colSpan={roles.length + 1} className={css.group}>
                <span>{object.name}</span>
              </th>
            </tr>
            {permissions
              .filter((permission) => permission.object === object.id)
              .map((permission) => (
                <tr key={permission.name}>
                  <th scope="row">
                    <code>{permission.name}</code> {permission.sensitive && <Badge tone="warn">sensitive</Badge>}
                    <span className={css.about}>{permission.description}</span>
                  </th>
                  {roles.map((role) => (
                    <td key={role.id}>
                      {role.permissions.includes(permission.name) ? (
                        <>
                          <span aria-hidden="true">✓</span>
                          <span className="visually-hidden">allowed</span>
                        </>
                      ) : (
                        <span className="visually-hidden">not allowed</span>
                      )}
                    </td>
                  ))}
                </tr>
              ))}
          </tbody>
        ))}
      </table>
    </section>
  );
}
