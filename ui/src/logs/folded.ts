// Which parts of Logs somebody put away, kept in this browser.

import { useState } from "react";

const FOLDED = "blockhouse-logs-folded";

// There the histogram would leave a row or two of what was found.
const SMALL = "(max-width: 700px) and (max-height: 667px)";

/** `under` is folded where details stand beside the rows. */
type Part = "fields" | "chart" | "under";

export function useFolded(): { isFolded: (part: Part) => boolean; fold: (part: Part) => void } {
  const [all, setAll] = useState(
    () => localStorage.getItem(FOLDED)?.split(" ") ?? (matchMedia(SMALL).matches ? ["chart"] : []),
  );
  const fold = (part: Part) => {
    const next = all.includes(part) ? all.filter((one) => one !== part) : [...all, part];
    localStorage.setItem(FOLDED, next.join(" "));
    setAll(next);
  };
  return { isFolded: (part) => all.includes(part), fold };
}
