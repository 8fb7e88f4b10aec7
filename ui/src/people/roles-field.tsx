// Which roles somebody has, and how far each reaches: the whole organization, or one source.

import { useQuery } from "@tanstack/react-query";
import { type Grant, type OneRole, roles as rolesQuery, useMay } from "../api/people";
import { sources as sourcesQuery } from "../api/queries";
import type { Source } from "../api/types";
import { Button, RowButton, Select } from "../kit/controls";
import { Asked, muted, pair, row, stack } from "../kit/page";
import { Badge } from "../kit/states";
import { useMe } from "../shell/shell";

const EVERYWHERE = "everywhere";

/** The names behind ids, as far as they may be seen. */
export function useNames(): { role: (id: string) => string; source: (id: string) => string } {
  const { tenant } = useMe();
  const mayRoles = useMay("roles:view") === true;
  const maySources = useMay("tenant:view") === true;
  const { data: roles } = useQuery({ ...rolesQuery(tenant), enabled: tenant !== null && mayRoles });
  const { data: sources } = useQuery({ ...sourcesQuery(tenant ?? ""), enabled: tenant !== null && maySources });
  return {
    role: (id) => roles?.find((role) => role.id === id)?.name ?? id,
    source: (id) => sources?.find((source) => source.id === id)?.name ?? id,
  };
}

export function Grants({ of }: { of: readonly Grant[] }) {
  const names = useNames();
  return (
    <span className={row}>
      {of.map((grant) => (
        <Badge key={`${grant.role} ${grant.source}`}>
          {names.role(grant.role)}
          {grant.source && ` on ${names.source(grant.source)}`}
        </Badge>
      ))}
    </span>
  );
}

export function RolesField(props: { value: readonly Grant[]; onChange: (value: Grant[]) => void; label: string }) {
  const { tenant } = useMe();
  const roles = useQuery(rolesQuery(tenant));
  const sources = useQuery({ ...sourcesQuery(tenant ?? ""), enabled: tenant !== null });
  return (
    <Asked of={roles} what="the roles">
      {(roles) => <GrantRows {...props} roles={roles} sources={sources.data ?? []} />}
    </Asked>
  );
}

export const same = (a: readonly Grant[], b: readonly Grant[]) => {
  const key = (grants: readonly Grant[]) =>
    grants
      .map((one) => `${one.role} ${one.source ?? ""}`)
      .sort()
      .join();
  return key(a) === key(b);
};

function GrantRows(props: {
  value: readonly Grant[];
  onChange: (value: Grant[]) => void;
  label: string;
  roles: readonly OneRole[];
  sources: readonly Source[];
}) {
  const { value, onChange, roles, sources } = props;
  const kinds = roles.map((role) => ({ id: role.id, name: role.name, help: role.description }));
  const reaches = [
    { id: EVERYWHERE, name: "the whole organization" },
    ...sources.map((source) => ({ id: source.id, name: `source ${source.name}` })),
  ];
  const set = (at: number, grant: Grant) => onChange(value.map((one, index) => (index === at ? grant : one)));
  const next = () => kinds.find((kind) => kind.id === "read-only")?.id ?? kinds[0]?.id ?? "";
  return (
    <fieldset className={stack} style={{ border: 0, margin: 0, padding: 0 }}>
      <legend style={{ fontWeight: 500, padding: 0, marginBottom: 4 }}>{props.label}</legend>
      {value.length === 0 && <p className={muted}>No role: it would allow nothing.</p>}
      {value.map((grant, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no id of their own, and two may be the same for a moment
        <div key={at} className={row}>
          <div className={pair} style={{ flex: 1, minWidth: 0 }}>
            <Select
              label={`Role ${at + 1}`}
              hideLabel
              options={kinds}
              value={grant.role}
              onChange={(role) => set(at, { ...grant, role })}
            />
            <Select
              label={`Reach of role ${at + 1}`}
              hideLabel
              options={reaches}
              value={grant.source ?? EVERYWHERE}
              onChange={(source) => set(at, { ...grant, source: source === EVERYWHERE ? null : source })}
            />
          </div>
          <RowButton
            verb="Take away"
            of={`role ${at + 1}`}
            look="quiet"
            onPress={() => onChange(value.filter((_, index) => index !== at))}
          />
        </div>
      ))}
      <p>
        <Button size="small" onPress={() => onChange([...value, { role: next(), source: null }])}>
          Add a role
        </Button>
      </p>
    </fieldset>
  );
}
