// Why there is nothing to show: it is on its way, whoever asks may not see it, or it failed. Each reads differently.

import { Problem } from "../api/client";
import { LinkButton } from "./controls";
import { Empty, ErrorBox, Waiting } from "./states";

const PERMISSION = /no role allows `([^`]+)`/i;

/** The permission that an answer was refused for want of. */
export function missingPermission(error: unknown): string | null {
  const problem = Problem.of(error);
  if (problem.code !== "permission_missing") return null;
  return PERMISSION.exec(problem.detail)?.[1] ?? "";
}

/** Says which permission is missing, and who can give it. */
export function NotAllowed({ permission, what, giver }: { permission: string; what: string; giver?: string }) {
  return (
    <Empty title={`You may not see ${what}`}>
      {permission && (
        <>
          It takes the permission <code>{permission}</code>.{" "}
        </>
      )}
      {giver ?? "Owners of the organization can give you a role that has it."}
    </Empty>
  );
}

/** Instead of one thing that was asked for by its address. */
export function NotThere({ what, all }: { what: string; all: { name: string; href: string } }) {
  return (
    <Empty title={`There is no such ${what} here`} action={<LinkButton href={all.href}>{all.name}</LinkButton>}>
      It may have been deleted, belong to another organization, or be about a source that you may not read.
    </Empty>
  );
}

export const isNotThere = (error: unknown) => error instanceof Problem && error.status === 404;

export function Unready(props: { error: unknown; retry: () => void; what: string; giver?: string }) {
  if (!props.error) return <Waiting>Asking for {props.what} …</Waiting>;
  const permission = missingPermission(props.error);
  if (permission === null) return <ErrorBox error={props.error} retry={props.retry} />;
  return <NotAllowed permission={permission} what={props.what} {...(props.giver ? { giver: props.giver } : {})} />;
}
