// What becomes of a look beyond this one: a view that is saved, an alert on the same query.

import { lazy, type ReactNode, Suspense, useState } from "react";
import { useMay } from "../api/people";
import type { Source } from "../api/types";
import type { Entry } from "../kit/controls";
import { useMe } from "../shell/shell";
import { savedFrom } from "../views/words";
import type { View } from "./search";

const ViewForm = lazy(async () => ({ default: (await import("../views/view-form")).ViewForm }));

export function useKeep(source: Source, view: View): { entries: Entry[]; dialog: ReactNode } {
  const me = useMe();
  const maySave = useMay("views:manage") === true;
  const mayWatch = useMay("alerts:manage") === true;
  const [isSaving, setSaving] = useState(false);
  const watch = new URLSearchParams({ s: source.id, ...(view.q ? { q: view.q } : {}) });
  // Staff belong to no organization that could keep it for them.
  const entries: Entry[] =
    me.kind !== "person"
      ? []
      : [
          ...(maySave ? [{ id: "keep", name: "Save this view …", onAction: () => setSaving(true) }] : []),
          { id: "views", name: "Saved views", help: "g v", href: "/app/views" },
          ...(mayWatch ? [{ id: "watch", name: "Alert on this query …", href: `/app/alerts/new?${watch}` }] : []),
        ];
  const dialog = isSaving && (
    <Suspense>
      <ViewForm
        tenant={me.tenant ?? ""}
        sourceName={source.name}
        spec={{ name: "", ...savedFrom(source.id, view), graph: null }}
        onClose={() => setSaving(false)}
      />
    </Suspense>
  );
  return { entries, dialog };
}
