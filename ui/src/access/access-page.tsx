// Access of staff: what an organization is asked and decides, or what an engineer asks and does.

import { lazy, Suspense } from "react";
import { Page } from "../kit/page";
import { Empty, Waiting } from "../kit/states";
import { useMe } from "../shell/shell";

const Tenant = lazy(async () => ({ default: (await import("./tenant-side")).TenantSide }));
const Staff = lazy(async () => ({ default: (await import("./staff-side")).StaffSide }));

export function Access() {
  const me = useMe();
  if (me.kind === "operator") {
    return (
      <Page title="Access requests">
        <Empty title="Nothing for operators">
          Only data engineers ask for access. Whoever runs the installation reaches no records of an organization.
        </Empty>
      </Page>
    );
  }
  return (
    <Suspense fallback={<Waiting>Asking for the requests …</Waiting>}>
      {me.kind === "engineer" ? <Staff /> : <Tenant />}
    </Suspense>
  );
}
