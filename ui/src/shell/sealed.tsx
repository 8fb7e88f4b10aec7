// In the bar over every screen: that what arrives is sealed, and how old the keys are that seal it.

import { useQuery } from "@tanstack/react-query";
import { isRefused } from "../api/client";
import { useMay } from "../api/people";
import { age } from "../data-keys/life";
import { newestKeysOf } from "../data-keys/query";
import { LinkButton } from "../kit/controls";
import { useMe } from "./shell";
import css from "./shell.module.css";

const LOOKS_MS = 60_000;

export function Sealed() {
  const { tenant } = useMe();
  const may = useMay("tenant:view") === true;
  const { data, isError } = useQuery({
    ...newestKeysOf(tenant ?? ""),
    enabled: may && tenant !== null,
    refetchInterval: ({ state: { error } }) => (isRefused(error) ? false : LOOKS_MS),
  });
  // What is not known is not said.
  if (!data || isError) return null;
  const seals = data.sources.some(({ keys }) => keys.some(({ state }) => state === "seals"));
  return (
    <span className={css.wide}>
      <LinkButton size="small" href="/app/keys" look="quiet">
        sealed · {seals ? `keys at most ${age(data.now)} old` : "no key yet today"}
      </LinkButton>
    </span>
  );
}
