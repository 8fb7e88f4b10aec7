// Until when, as people read it.

import { ago } from "./time";

/** Until when: "for another 30 minutes", or "until yesterday". */
export function Until({ at }: { at: string }) {
  const words = ago(at);
  return (
    <time dateTime={at} title={`${at.replace("T", " ").replace("Z", "")} UTC`}>
      {words.startsWith("in ") ? `for another ${words.slice(3)}` : `until ${words}`}
    </time>
  );
}
