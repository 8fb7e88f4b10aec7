// Asks for a fresh proof of who is there, when the server wants one for what is about to be done.

import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { Problem, proveBy } from "../api/client";
import { me, queries } from "../api/queries";
import type { Me } from "../api/types";

const ProofDialog = lazy(async () => ({ default: (await import("./proof-dialog")).ProofDialog }));

type Asked = { resolve: () => void; reject: (error: unknown) => void };

const UNPROVED = "Nothing was changed: it was not shown that this is you.";

export function Proof() {
  const [ways, setWays] = useState<Me["sign_in"] | null>(null);
  const asked = useRef<Asked | null>(null);
  useEffect(() => {
    proveBy(async () => {
      const who = await queries.fetchQuery({ ...me, staleTime: 0 });
      if (!who) throw new Problem(401, { detail: "the session has ended; sign in again" });
      setWays(who.sign_in);
      await new Promise<void>((resolve, reject) => {
        asked.current = { resolve, reject };
      });
    });
    return () => proveBy(null);
  }, []);
  const close = () => {
    setWays(null);
    asked.current?.reject(new Problem(0, { detail: UNPROVED }));
    asked.current = null;
  };
  const done = async () => {
    setWays(null);
    asked.current?.resolve();
    asked.current = null;
    await queries.invalidateQueries({ queryKey: me.queryKey });
  };
  return (
    ways && (
      <Suspense>
        <ProofDialog ways={ways} onClose={close} onDone={done} />
      </Suspense>
    )
  );
}
