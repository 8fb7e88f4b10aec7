// What a short link keeps of a look at Logs, and the look that it leads to. Pure.

import type { LinkForm, ShortLink } from "../api/watching";
import { logsSearch, type View } from "../logs/search";
import { savedFrom } from "../views/words";

export const shortPath = (tenant: string, link: string) => `/app/l/${tenant}/${link}`;

export function formOf(view: View): LinkForm {
  return {
    ...savedFrom(view.s ?? "", view),
    zone: view.tz ?? "",
    record: view.at ?? "",
    wrapped: view.wrap === "on",
  };
}

export function lookOf(link: LinkForm | ShortLink): View {
  return logsSearch({
    s: link.source,
    q: link.query,
    from: link.from || "all",
    to: link.to,
    tz: link.zone,
    cols: link.columns.join(","),
    at: link.record,
    wrap: link.wrapped ? "on" : "",
  });
}
