// To work in another of one's organizations.

import { api } from "../api/client";
import { me, queries } from "../api/queries";

export async function enter(tenant: string) {
  await api("POST", "/v1/me/tenant", { tenant });
  // Nothing of the former tenant stays in memory or on the screen; what stands around it shows who one is now.
  queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== me.queryKey[0] });
  await queries.refetchQueries({ queryKey: me.queryKey });
}
