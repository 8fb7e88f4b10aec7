// To work in another of one's organizations.

import { api } from "../api/client";
import { queries } from "../api/queries";

export async function enter(tenant: string) {
  await api("POST", "/v1/me/tenant", { tenant });
  // Nothing of the former tenant stays in memory or on the screen.
  queries.clear();
}
