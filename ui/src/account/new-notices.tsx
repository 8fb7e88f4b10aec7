// In the bar over every screen: what happened to the account or organization that was not looked at here.

import { useQuery } from "@tanstack/react-query";
import { every, notices } from "../api/people";
import { LinkButton } from "../kit/controls";
import { useMe } from "../shell/shell";
import { lookedAt, unseen } from "./notices";

const LOOK_MS = 300_000;

export function NewNotices() {
  const { id } = useMe();
  const { data } = useQuery({ ...notices, refetchInterval: every(LOOK_MS) });
  const { data: until } = useQuery(lookedAt(id));
  const fresh = unseen(data ?? [], until);
  if (fresh === 0) return null;
  return (
    <LinkButton size="small" href="/app/me">
      {fresh} {fresh === 1 ? "notice" : "notices"}
      <span className="visually-hidden"> not looked at</span>
    </LinkButton>
  );
}
