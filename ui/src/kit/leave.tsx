// Asks before what was changed and not saved is lost: on the way to another screen, or out of the console.

import { useBlocker } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Confirm } from "./dialog";

export function AskToLeave(props: {
  isChanged: boolean;
  title?: string;
  /** What is lost. */
  children: ReactNode;
}) {
  const { isChanged } = props;
  const blocker = useBlocker({ shouldBlockFn: () => isChanged, enableBeforeUnload: isChanged, withResolver: true });
  return (
    <Confirm
      title={props.title ?? "Leave without saving?"}
      verb="Leave"
      isOpen={blocker.status === "blocked"}
      onClose={() => blocker.reset?.()}
      onConfirm={async () => blocker.proceed?.()}
    >
      {props.children}
    </Confirm>
  );
}
