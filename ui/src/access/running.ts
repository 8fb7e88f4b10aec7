// The accesses that one of staff reads under. What the server ended, and what is over by time, is not among them.

import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Problem } from "../api/client";
import { type AccessRequest, every, ownAccess } from "../api/people";
import { queries } from "../api/queries";

const WATCH_MS = 15_000;
const TIMER_MS_MAX = 2_147_483_647;

export const endOf = (one: AccessRequest) => one.ends_at ?? one.until;

export function useRunning(isStaff: boolean): AccessRequest[] | undefined {
  const { data } = useQuery({ ...ownAccess, enabled: isStaff, refetchInterval: every(WATCH_MS) });
  const [now, setNow] = useState(Date.now);
  const running = data?.filter((one) => one.state === "active" && Date.parse(endOf(one)) > now);
  const next = Math.min(...(running ?? []).map((one) => Date.parse(endOf(one))));
  useEffect(() => {
    if (!Number.isFinite(next)) return;
    const wait = Math.min(TIMER_MS_MAX, Math.max(0, next - Date.now()));
    const timer = setTimeout(() => setNow(Math.max(Date.now(), now + 1)), wait);
    return () => clearTimeout(timer);
  }, [next, now]);
  // A question that is refused tells it before the next look does.
  useEffect(() => {
    if (!isStaff) return;
    return queries.getQueryCache().subscribe((event) => {
      if (event.type !== "updated" || event.action.type !== "error") return;
      if (Problem.of(event.action.error).code === "access_not_approved") askRunning();
    });
  }, [isStaff]);
  return isStaff ? running : undefined;
}

export const askRunning = () => void queries.invalidateQueries({ queryKey: ownAccess.queryKey });
