// Deletes a view at once, and saves it again for whoever changes their mind.

import { api } from "../api/client";
import { tenantPath } from "../api/people";
import { queries } from "../api/queries";
import { type SavedView, savedViews } from "../api/watching";
import { toast } from "../kit/toast";
import { specOf } from "./views";

export function useRemove(tenant: string): (view: SavedView) => Promise<boolean> {
  const again = () => queries.invalidateQueries({ queryKey: savedViews(tenant).queryKey });
  const failed = (error: unknown, else_: string) =>
    toast(error instanceof Error ? error.message : else_, { kind: "failed" });
  return async (view) => {
    try {
      await api("DELETE", tenantPath(tenant, `/views/${view.id}`));
      await again();
    } catch (error) {
      failed(error, "The view could not be deleted");
      return false;
    }
    const undo = async () => {
      try {
        await api("POST", tenantPath(tenant, "/views"), specOf(view));
        await again();
        toast(`${view.name} is saved again, by you`);
      } catch (error) {
        failed(error, "The view could not be saved again");
      }
    };
    toast(`${view.name} is deleted`, { undo: () => void undo() });
    return true;
  };
}
