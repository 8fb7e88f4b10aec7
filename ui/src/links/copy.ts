// "Copy link": the address as it is, or where some programs would cut it, a short link that the server keeps.

import { api, Problem } from "../api/client";
import { tenantPath } from "../api/people";
import { queries } from "../api/queries";
import { ownLinks, type ShortLink } from "../api/watching";
import { copy } from "../kit/states";
import { counted } from "../kit/time";
import { toast } from "../kit/toast";
import { day, useZone } from "../kit/zone";
import type { View } from "../logs/search";
import { useMe } from "../shell/shell";
import { formOf, shortPath } from "./look";

const LINK_CHARS = 1_500;

export function useCopyLink(): (given: View) => Promise<void> {
  const me = useMe();
  const zone = useZone();
  return async (given) => {
    const href = new URL("/app/logs", location.origin);
    for (const [name, value] of Object.entries(given)) if (value) href.searchParams.set(name, value);
    if (href.href.length <= LINK_CHARS) return copy(href.href, "Link");
    const whole = () => copy(href.href, `A long link, of ${counted(href.href.length, "character")},`);
    // Staff belong to no organization that could keep it for them.
    if (me.kind !== "person" || me.tenant === null) return whole();
    try {
      const made = await api<ShortLink>("POST", tenantPath(me.tenant, "/links"), formOf(given));
      const until = `; it works until ${day(made.ends_at, zone)}`;
      await copy(`${location.origin}${shortPath(me.tenant, made.id)}`, "Short link", until);
      await queries.invalidateQueries({ queryKey: ownLinks(me.tenant).queryKey });
    } catch (error) {
      await whole();
      toast(`There is no short link for it. ${Problem.of(error).detail}`, { kind: "failed" });
    }
  };
}
