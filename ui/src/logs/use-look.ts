// The moment that a look at records is about. It changes with the address that is looked at, never before it: what is
// asked for next would be asked of the former query first.

import { useState } from "react";
import type { View } from "./search";
import { brokeOff } from "./use-search";

type Coming = { look: number; isRun: boolean };

export function useLook(source: string, view: View) {
  const isLive = view.live === "on";
  const [look, setLook] = useState(() => Date.now());
  const [isAsking, setAsking] = useState(() => brokeOff(source, view.q ?? ""));
  const address = addressOf(view);
  const [was, setWas] = useState({ address, isLive, coming: undefined as Coming | undefined });
  const begin = (next: Coming) => {
    setLook(next.look);
    if (next.isRun) setAsking(false);
  };
  if (was.address !== address || was.isLive !== isLive) {
    setWas({ address, isLive, coming: undefined });
    if (was.coming) begin(was.coming);
    // After a tail, what is searched is what there is then.
    else if (was.isLive && !isLive) setLook(Date.now());
  }
  /** Looks anew, now or with the address that this look is about; to run a query is to want it whatever became of it. */
  const lookAt = (next: Partial<View>, why: "run" | "range") => {
    const coming = { look: Date.now(), isRun: why === "run" };
    if (addressOf({ ...view, ...next }) === address) begin(coming);
    else setWas({ address, isLive, coming });
  };
  return { look, lookAt, isAsking, askAgain: () => setAsking(false) };
}

/** What of an address is asked of the server. */
const addressOf = ({ q, from, to }: View) => JSON.stringify([q ?? "", from, to]);
