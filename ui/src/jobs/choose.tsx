// Where a file is chosen, or dropped: anywhere on the page, since a file that misses would open in place of the console.

import { useEffect, useRef, useState } from "react";
import { Button } from "../kit/controls";
import { muted, row } from "../kit/page";
import { toast } from "../kit/toast";

/** On a telephone nothing is there to drop. */
const canDrop = () => !matchMedia("(pointer: coarse)").matches;

export function ChooseFile(props: {
  verb: string;
  look?: "primary";
  accept?: string;
  /** Where several are chosen on one page, none can be dropped. */
  isOneOfMany?: true;
  onFile: (file: File) => void;
}) {
  const { verb, look, accept, onFile } = props;
  const takesDrops = !props.isOneOfMany;
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const latest = useRef(onFile);
  latest.current = onFile;
  useEffect(() => {
    if (!takesDrops) return;
    const carriesFile = (event: DragEvent) => event.dataTransfer?.types.includes("Files") === true;
    const over = (event: DragEvent) => {
      if (!carriesFile(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent) => event.relatedTarget === null && setOver(false);
    const drop = (event: DragEvent) => {
      if (!carriesFile(event)) return;
      event.preventDefault();
      setOver(false);
      const files = event.dataTransfer?.files;
      const [file] = files ?? [];
      if (files && files.length > 1) toast("Nothing was taken: one file at a time", { kind: "failed" });
      else if (file) latest.current(file);
    };
    document.addEventListener("dragover", over);
    document.addEventListener("dragleave", leave);
    document.addEventListener("drop", drop);
    return () => {
      document.removeEventListener("dragover", over);
      document.removeEventListener("dragleave", leave);
      document.removeEventListener("drop", drop);
    };
  }, [takesDrops]);
  return (
    <div className={row}>
      <input
        ref={input}
        type="file"
        hidden
        {...(accept ? { accept } : {})}
        onChange={({ target }) => {
          const file = target.files?.[0];
          // The same file can be chosen again.
          target.value = "";
          if (file) onFile(file);
        }}
      />
      <Button {...(look ? { look } : {})} onPress={() => input.current?.click()}>
        {verb}
      </Button>
      {takesDrops && (isOver || canDrop()) && (
        <span className={muted}>{isOver ? "Let go to take it." : "or drop it anywhere on this page"}</span>
      )}
    </div>
  );
}
