// What somebody could do, as the engine that decides says it.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Ability, Permission, Place } from "../api/people";
import { permissions as permissionsQuery } from "../api/people";
import { Checkbox } from "../kit/controls";
import { Asked, muted } from "../kit/page";
import { Badge, Empty, Table } from "../kit/states";
import { useMe } from "../shell/shell";
import { useNames } from "./roles-field";

/** A right, and what became of it against before. */
type Row = { permission: Permission; ability: Ability; change: "gained" | "lost" | "moved" | null };

const key = (place: Place) => `${place.at} ${"source" in place ? place.source : ""}`;
const places = (ability: Ability | undefined) => new Set(ability?.places.map(key));

function changeOf(now: Ability, before: Ability | undefined): Row["change"] {
  if (!before) return null;
  if (now.allowed !== before.allowed) return now.allowed ? "gained" : "lost";
  const [a, b] = [places(now), places(before)];
  return a.size === b.size && [...a].every((one) => b.has(one)) ? null : "moved";
}

export function Abilities({ of, before }: { of: readonly Ability[]; before?: readonly Ability[] | undefined }) {
  const { tenant } = useMe();
  const catalogue = useQuery(permissionsQuery(tenant));
  const [isAll, setAll] = useState(false);
  return (
    <Asked of={catalogue} what="the permissions that there are">
      {(permissions) => {
        const rows = permissions.flatMap((permission): Row[] => {
          const ability = of.find((one) => one.permission === permission.name);
          if (!ability) return [];
          return [
            {
              permission,
              ability,
              change: changeOf(
                ability,
                before?.find((one) => one.permission === permission.name),
              ),
            },
          ];
        });
        const shown = rows.filter((row) => isAll || row.ability.allowed || row.change);
        const allowed = rows.filter((row) => row.ability.allowed).length;
        return (
          <>
            <div style={{ display: "flex", flexWrap: "wrap", gap: "4px 16px", justifyContent: "space-between" }}>
              <span className={muted}>
                {allowed} of {rows.length} permissions
              </span>
              <Checkbox isSelected={isAll} onChange={setAll}>
                Show what is not allowed, too
              </Checkbox>
            </div>
            {shown.length === 0 ? (
              <Empty title="Nothing is allowed">These roles reach nothing.</Empty>
            ) : (
              <Rows rows={shown} />
            )}
          </>
        );
      }}
    </Asked>
  );
}

const CHANGES = { gained: "good", lost: "bad", moved: "warn" } as const;

function Rows({ rows }: { rows: readonly Row[] }) {
  const names = useNames();
  const where = (place: Place) => {
    if (place.at === "source") return `source ${names.source(place.source ?? "")}`;
    return place.at === "every_source" ? "every source" : "the organization";
  };
  return (
    <Table label="What is allowed" columns={["Permission", "Where", "By"]}>
      {rows.map(({ permission, ability, change }) => (
        <tr key={permission.name}>
          <td>
            <code>{permission.name}</code>{" "}
            {change && <Badge tone={CHANGES[change]}>{change === "moved" ? "reach changes" : change}</Badge>}
            <br />
            <span className={muted}>{permission.description}</span>
          </td>
          <td>{ability.places.length === 0 ? "nowhere" : [...new Set(ability.places.map(where))].join(", ")}</td>
          <td>{[...new Set(ability.places.map((place) => names.role(place.by)))].join(", ")}</td>
        </tr>
      ))}
    </Table>
  );
}
