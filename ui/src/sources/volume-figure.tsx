// How much of a quota is used, against its marks: a figure with a sentence and a table of the same.

import { useState } from "react";
import type { Quota } from "../api/described";
import { size } from "../data-keys/life";
import { Button } from "../kit/controls";
import graph from "../kit/graph.module.css";
import { Badge, numberCell, Table } from "../kit/states";
import { AXIS_PERCENT, atMark, MARKS, percentOf, percents, volumeWords } from "./volume";

type Bounded = Quota & { bytes: number };

const COLOURS: Record<Quota["state"], string> = {
  ok: "var(--accent)",
  near: "var(--warn)",
  reached: "var(--error)",
  refusing: "var(--error)",
};

export function VolumeFigure({ quota, what }: { quota: Bounded; what: string }) {
  const [isTable, setTable] = useState(false);
  const percent = percentOf(quota.used, quota.bytes);
  return (
    <figure className={graph.figure} aria-label={what}>
      <figcaption className={graph.head}>
        <span>{volumeWords(quota)}</span>
        <Button size="small" look="quiet" onPress={() => setTable(!isTable)} pressed={isTable}>
          Table
        </Button>
      </figcaption>
      {isTable ? (
        <Table label={what} columns={["From", { name: "That is", number: true }, "Then", "Now"]}>
          {MARKS.map((mark) => (
            <tr key={mark.percent}>
              <td>{percents(mark.percent)}</td>
              <td className={numberCell}>{size(atMark(mark.percent, quota.bytes))}</td>
              <td>{mark.what}</td>
              <td>{percent >= mark.percent ? <Badge tone="warn">passed</Badge> : <Badge>not reached</Badge>}</td>
            </tr>
          ))}
        </Table>
      ) : (
        <VolumeBar quota={quota} />
      )}
    </figure>
  );
}

/** The figure alone. Its lengths are shares of its width, so that its words keep their size on a telephone. */
export function VolumeBar({ quota }: { quota: Bounded }) {
  const at = (percent: number) => `${Number(((Math.min(percent, AXIS_PERCENT) / AXIS_PERCENT) * 100).toFixed(2))}%`;
  // A byte of a quota is seen too.
  const used = quota.used === 0 ? 0 : Math.max(0.5, (quota.used / quota.bytes) * 100);
  return (
    <svg className={graph.muted} width="100%" height="52" role="img" aria-label={volumeWords(quota)}>
      <rect className={graph.cursor} y="6" width="100%" height="20" />
      <rect y="6" width={at(used)} height="20" style={{ fill: COLOURS[quota.state] }} />
      {MARKS.map(({ percent }) => (
        <g key={percent}>
          <line className={graph.threshold} x1={at(percent)} x2={at(percent)} y1="0" y2="32" />
          <text x={at(percent)} y="47" textAnchor="middle" fill="currentColor">
            {percents(percent)}
          </text>
        </g>
      ))}
    </svg>
  );
}
