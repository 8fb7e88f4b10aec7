// What a rule would have counted in the last day, against its threshold.

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api } from "../api/client";
import { tenantPath } from "../api/people";
import type { AlertPreview, AlertRule } from "../api/watching";
import { Graph } from "../kit/graph";
import { muted } from "../kit/page";
import { ErrorBox, Waiting } from "../kit/states";
import { count } from "../kit/time";
import { useZone, zoneName } from "../kit/zone";
import { fires, previewPoints, previewWords } from "./words";

// A point stands for the looks of five minutes.
const STEP_SECONDS = 300;

// `since` is when the alert that has the rule took its state: what was counted before that would contradict it.
export function usePreview(tenant: string | null, rule: AlertRule | null, since?: string) {
  return useQuery({
    queryKey: ["alert-preview", tenant, rule, since],
    queryFn: ({ signal }) => api<AlertPreview>("POST", tenantPath(tenant ?? "", "/alerts/preview"), rule, signal),
    enabled: tenant !== null && rule !== null,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
  });
}

export function Preview({ asked, rule }: { asked: ReturnType<typeof usePreview>; rule: AlertRule | null }) {
  const { data, error, refetch } = asked;
  const zone = useZone();
  if (!rule) return <p className={muted}>Say from which number on it alerts, and what it counts is drawn here.</p>;
  if (error) return <ErrorBox error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting>Counting the last day …</Waiting>;
  const summary = asked.isPlaceholderData ? "Counting the last day anew …" : previewWords(data, rule);
  return (
    <>
      <Graph
        what="Records in each window"
        summary={summary}
        shape="bar"
        points={previewPoints(data)}
        step={STEP_SECONDS}
        zone={zone}
        threshold={{ value: rule.threshold, name: `Threshold ${count.format(rule.threshold)}` }}
        marked={{ is: (point) => point.value !== null && fires(rule, point.value), word: "alerting" }}
      />
      <p className={muted}>
        Each bar is the {rule.comparison === "at_least" ? "greatest" : "least"} count of 5 minutes; the dashed line is
        the threshold of {count.format(rule.threshold)}, and what stands under a beam would have alerted. Times in{" "}
        {zoneName(zone)}.
      </p>
      {data.warnings.map((warning) => (
        <p key={warning.code + warning.detail}>{warning.detail}</p>
      ))}
    </>
  );
}
