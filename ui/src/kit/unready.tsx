// Why there is nothing to show: it is on its way, whoever asks may not see it, or it failed. Each reads differently.

import type { ReactNode } from "react";
import { Problem } from "../api/client";
import { Empty, ErrorBox, Waiting } from "./states";

const RIGHT = /no role allows `([^`]+)`/i;

/** The right that an answer was refused for. */
export function missingRight(error: unknown): string | null {
  const problem = Problem.of(error);
  if (problem.code !== "permission_missing") return null;
  return RIGHT.exec(problem.detail)?.[1] ?? "";
}

/** Says which right is missing, and who can give it. */
export function NotAllowed({ right, what, giver }: { right: string; what: string; giver?: string }) {
  return (
    <Empty title={`You may not see ${what}`}>
      {right && (
        <>
          It takes the permission <code>{right}</code>.{" "}
        </>
      )}
      {giver ?? "Owners of the organization can give you a role that has it."}
    </Empty>
  );
}

export function Unready(props: {
  error: unknown;
  retry: () => void;
  what: string;
  giver?: string;
  children?: ReactNode;
}) {
  if (!props.error) return <Waiting>Asking for {props.what} …</Waiting>;
  const right = missingRight(props.error);
  if (right === null) return <ErrorBox error={props.error} retry={props.retry} />;
  return <NotAllowed right={right} what={props.what} {...(props.giver ? { giver: props.giver } : {})} />;
}
