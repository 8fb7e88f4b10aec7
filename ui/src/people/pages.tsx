import { useRights } from "../api/people";
import { Siblings } from "../kit/page";

/** The screens about who may do what. */
export function TeamPages() {
  const rights = useRights();
  const pages = PAGES.filter(({ needs }) => rights === undefined || rights.has(needs));
  return pages.length > 0 && <Siblings label="People and roles" pages={pages} />;
}

const PAGES = [
  { name: "People", to: "/people", needs: "people:view" },
  { name: "Roles", to: "/roles", needs: "roles:view" },
  { name: "Service accounts", to: "/service-accounts", needs: "services:manage" },
];
