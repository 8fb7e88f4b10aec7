// What whoever is signed in may do with one source, as the engine that decides says it.

import { useQuery } from "@tanstack/react-query";
import { ownAbilities } from "../api/people";

/** Whether a right reaches this source; nothing while that is not known. A role may reach some sources only. */
export function useMayWith(source: string): (right: string) => boolean | undefined {
  const { data } = useQuery(ownAbilities);
  return (right) =>
    data?.some(
      (one) =>
        one.permission === right &&
        one.allowed &&
        one.places.some((place) => place.at !== "source" || place.source === source),
    );
}
