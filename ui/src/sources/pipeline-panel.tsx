// On a source's page: which rules its records go through, and the way to where they are changed.

import { useQuery } from "@tanstack/react-query";
import type { PipelineRuleCount } from "../api/described";
import type { Source } from "../api/types";
import { LinkButton } from "../kit/controls";
import { Asked, muted, Panel } from "../kit/page";
import { flat } from "../kit/text";
import { count } from "../kit/time";
import { useMayWith } from "./may";
import { pipelineOf } from "./pipeline-query";

export function PipelinePanel({ source }: { source: Source }) {
  const maySee = useMayWith(source.id)("source:view");
  const asked = useQuery({ ...pipelineOf(source.id), enabled: maySee === true });
  if (maySee !== true) return null;
  return (
    <Panel
      title="Pipeline"
      help="Rules read fields out of texts, rename, set, remove and mask fields, drop records, and give them a stream, before they are written."
      actions={<LinkButton href={`/app/sources/${source.id}/pipeline`}>Rules</LinkButton>}
    >
      <Asked of={asked} what="the rules">
        {({ counts }) =>
          counts.length === 0 ? (
            <p>No rules.</p>
          ) : (
            <p>
              {counts.length === 1 ? "1 rule" : `${counts.length} rules`}:{" "}
              {counts.map(({ name }) => flat(name)).join(", ")}.{" "}
              <span className={muted}>
                Records were touched {times(counts, "touched")} so far, and {times(counts, "failed")} a rule could not
                do what it says.
              </span>
            </p>
          )
        }
      </Asked>
    </Panel>
  );
}

const times = (counts: readonly PipelineRuleCount[], what: "touched" | "failed") => {
  const sum = counts.reduce((sum, one) => sum + one[what], 0);
  return sum === 1 ? "once" : `${count.format(sum)} times`;
};
