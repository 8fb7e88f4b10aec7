// What asks for an answer before anything else goes on.

import { type ReactNode, useState } from "react";
import * as Aria from "react-aria-components";
import { Button, classes } from "./controls";
import css from "./dialog.module.css";
import { ErrorBox } from "./states";

export function Dialog(props: {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
  wide?: boolean;
  /** What was entered is not lost by a press beside the dialog. */
  isKept?: boolean;
  /** What it shows is shown never again: nothing but its own button closes it. */
  isShownOnce?: boolean;
  /** It is long and asks for nothing: what closes it stays in sight. */
  hasClose?: boolean;
}) {
  const title = (
    <Aria.Heading slot="title" level={2}>
      {props.title}
    </Aria.Heading>
  );
  return (
    <Aria.ModalOverlay
      className={css.overlay ?? ""}
      isOpen={props.isOpen}
      onOpenChange={(open) => !open && props.onClose()}
      isDismissable={!props.isKept && !props.isShownOnce}
      isKeyboardDismissDisabled={props.isShownOnce === true}
    >
      <Aria.Modal className={classes(css.modal, props.wide && css.wide)}>
        <Aria.Dialog className={css.dialog ?? ""}>
          {props.hasClose ? (
            <div className={css.head}>
              {title}
              <Button onPress={props.onClose}>Close</Button>
            </div>
          ) : (
            title
          )}
          {props.children}
        </Aria.Dialog>
      </Aria.Modal>
    </Aria.ModalOverlay>
  );
}

/** A dialog without a frame of its own: at the top of the window, or where a thumb is. */
export function Sheet(props: {
  label: string;
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
  isLow?: boolean;
}) {
  return (
    <Aria.ModalOverlay
      className={classes(css.overlay, props.isLow ? css.low : css.top)}
      isOpen={props.isOpen}
      onOpenChange={(open) => !open && props.onClose()}
      isDismissable
    >
      <Aria.Modal className={css.modal ?? ""}>
        <Aria.Dialog className={classes(css.dialog, css.bare)} aria-label={props.label}>
          {props.children}
        </Aria.Dialog>
      </Aria.Modal>
    </Aria.ModalOverlay>
  );
}

export function Actions({ children }: { children: ReactNode }) {
  return <div className={css.actions}>{children}</div>;
}

/** Asks before what cannot be undone. The verb says the thing: "Revoke key". */
export function Confirm(props: {
  title: string;
  verb: string;
  /** The way back, where "Cancel" would read as the verb. */
  back?: string;
  isOpen: boolean;
  onClose: () => void;
  onConfirm: () => Promise<unknown>;
  children: ReactNode;
}) {
  const [error, setError] = useState<unknown>(null);
  const [isRunning, setRunning] = useState(false);
  const run = async () => {
    setRunning(true);
    setError(null);
    try {
      await props.onConfirm();
      props.onClose();
    } catch (failed) {
      setError(failed);
    } finally {
      setRunning(false);
    }
  };
  return (
    <Dialog title={props.title} isOpen={props.isOpen} onClose={props.onClose}>
      <div>{props.children}</div>
      {error !== null && <ErrorBox error={error} />}
      <Actions>
        <Button onPress={props.onClose}>{props.back ?? "Cancel"}</Button>
        <Button look="danger" onPress={run} isPending={isRunning}>
          {props.verb}
        </Button>
      </Actions>
    </Dialog>
  );
}
