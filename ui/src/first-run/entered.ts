// What the first form asks for, and what is wrong with it as far as that shows without the server. Pure.

export type Entered = { name: string; email: string; tenant: string; source: string };

/** The field that a refusal of the server is about. */
export const FIELD_OF: Record<string, keyof Entered> = {
  name_invalid: "name",
  email_invalid: "email",
  email_taken: "email",
  tenant_invalid: "tenant",
  source_invalid: "source",
};

/** What is wrong with each field, in the order of the form. */
export function wrongOf(entered: Entered): Partial<Entered> {
  const wrong: Partial<Entered> = {};
  if (!entered.name) wrong.name = "Enter your name.";
  if (!/^[^\s@]+@[^\s@]+$/.test(entered.email)) wrong.email = "Enter an e-mail address, such as ada@example.com.";
  if (!entered.tenant) wrong.tenant = "Enter the name of your organization.";
  if (!entered.source) wrong.source = "Enter a name for the first source.";
  return wrong;
}
