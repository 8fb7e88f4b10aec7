// Whether there is room for what stands beside the rows.

import { useEffect, useState } from "react";

const NARROW = "(max-width: 900px)";
// As in the styles.
const TELEPHONE = "(max-width: 700px)";

export const useNarrow = () => useMatch(NARROW);
export const useTelephone = () => useMatch(TELEPHONE);

function useMatch(query: string): boolean {
  const [isMatch, setMatch] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const changed = () => setMatch(list.matches);
    list.addEventListener("change", changed);
    return () => list.removeEventListener("change", changed);
  }, [query]);
  return isMatch;
}
