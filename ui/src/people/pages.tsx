import { Siblings } from "../kit/page";

/** The screens about who may do what. */
export function TeamPages() {
  return (
    <Siblings
      label="People and roles"
      pages={[
        { name: "People", to: "/people" },
        { name: "Roles", to: "/roles" },
        { name: "Service accounts", to: "/service-accounts" },
      ]}
    />
  );
}
