// What may be written at the caret, as the source has it: asked for once somebody writes, and not waited for long.

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { address, api } from "../api/client";
import type { FieldsAnswer, FieldValues } from "../api/types";
import { flat } from "../kit/text";
import { matching, type Place, type Suggestion, valueText } from "./complete";
import type { Asked } from "./fields-panel";
import { written } from "./record";

const SHOWN = 8;
const VALUES = 50;
// A suggestion that comes later than this comes too late.
const WAIT_MS = 3_000;
// Nobody wants to be offered a whole message.
const WITHOUT_VALUES = new Set(["message", "timestamp", "dt", "id"]);

const options = { staleTime: 60_000, retry: false } as const;
const within = (signal: AbortSignal) => AbortSignal.any([signal, AbortSignal.timeout(WAIT_MS)]);

/** The fields of all that there is in a time, whatever is asked of it. */
export const useNames = ({ source, window }: Asked, isOn: boolean) =>
  useQuery({
    ...options,
    queryKey: ["names", source, window],
    queryFn: ({ signal }) =>
      api<FieldsAnswer>("GET", address(`/v1/sources/${source}/fields`, window), undefined, within(signal)),
    enabled: isOn,
  });

export function useSuggestions(asked: Asked, place: Place | null): Suggestion[] {
  const { source, window } = asked;
  const { data: fields } = useNames(asked, place?.kind === "name");
  const name = place?.kind === "value" && !WITHOUT_VALUES.has(place.name) ? place.name : "";
  const { data: values } = useQuery({
    ...options,
    queryKey: ["suggested", source, window, name],
    queryFn: ({ signal }) => {
      const path = `/v1/sources/${source}/fields/${encodeURIComponent(name)}`;
      return api<FieldValues>("GET", address(path, { ...window, limit: VALUES }), undefined, within(signal));
    },
    enabled: name !== "",
  });
  return useMemo(() => {
    if (!place) return [];
    const all: Suggestion[] =
      place.kind === "name"
        ? (fields?.fields ?? []).map((one) => ({ text: nameText(one.name), shown: flat(one.name), count: one.records }))
        : name
          ? (values?.top ?? []).map(({ value, count }) => ({
              text: valueText(name, value),
              shown: flat(written(value)).slice(0, 120),
              count,
            }))
          : [];
    return matching(
      all.filter((one) => one.text !== ""),
      place.written,
      SHOWN,
    );
  }, [place, fields, values, name]);
}

const nameText = (name: string) =>
  /^[A-Za-z0-9#$_@.-]+$/.test(name) ? `${name}:` : `"${name.replace(/[\\"]/g, "\\$&")}":`;
