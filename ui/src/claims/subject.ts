// Whose page it is about: the installation's, which its operators look after, or the organization's own.

import { useSearch } from "@tanstack/react-router";
import { useMe } from "../shell/shell";
import type { Subject } from "./search";

/** Who looks after it, as the API has it. */
export function useSubject(first: Subject): { of: Subject; tenant: string | null; path: string } {
  const me = useMe();
  const { of } = useSearch({ strict: false }) as { of?: Subject };
  const chosen = me.tenant === null ? "installation" : (of ?? first);
  const path = chosen === "own" ? `/v1/tenants/${me.tenant}/overview` : "/v1/claims";
  return { of: chosen, tenant: me.tenant, path };
}
