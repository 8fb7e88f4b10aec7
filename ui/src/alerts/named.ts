// Names of what an answer has the ids of, for whoever may see them.

import { useQuery } from "@tanstack/react-query";
import { people, useMay } from "../api/people";
import { sources } from "../api/queries";
import type { Keeper } from "../api/watching";
import { useMe } from "../shell/shell";

export function useSourceName(): (id: string) => string {
  const me = useMe();
  const may = useMay("tenant:view") === true;
  const { data = [] } = useQuery({ ...sources(me.tenant ?? ""), enabled: may && me.tenant !== null });
  return (id) => data.find((one) => one.id === id)?.name ?? id;
}

export function useKeeperName(): (keeper: Keeper) => string {
  const me = useMe();
  const may = useMay("people:view") === true;
  const { data = [] } = useQuery({ ...people(me.tenant), enabled: may && me.tenant !== null });
  return ({ kind, id }) => {
    if (kind === "service_account") return "a service account";
    if (id === me.id) return "you";
    return data.find((person) => person.id === id)?.name ?? "another member";
  };
}
