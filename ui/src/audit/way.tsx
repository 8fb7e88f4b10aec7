// The way from an entry to the signed root, as a figure: what was given, and what this browser computed.

import kit from "../kit/page.module.css";
import css from "./audit.module.css";
import type { Found, Given } from "./check";
import { base64Of } from "./merkle";

const WIDTH = 340;
const LEVEL = 40;
const BOX = 104;
const HEIGHT = 22;
const CENTRE = WIDTH / 2;

export function Way({ given, found }: { given: Given; found: readonly Found[] | null }) {
  const steps = (found ?? []).flatMap((one) => (one.step ? [one.step] : []));
  const levels = given.proof.length;
  const height = (levels + 1) * LEVEL + 8;
  const y = (level: number) => height - 30 - level * LEVEL;
  const words = (hash: Uint8Array | undefined) => (hash ? `${base64Of(hash).slice(0, 9)}…` : "not computed");
  const sides = sidesOf(given);
  const isRoot = steps.length === levels && found !== null;
  const summary = `${levels} given hashes and ${steps.length} computed ones between entry ${given.entry} and the root of ${given.checkpoint.size} entries`;
  return (
    <figure>
      <svg className={css.way} viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={summary}>
        <title>{summary}</title>
        {sides.map((side, level) => {
          const x = side === "left" ? 4 : WIDTH - BOX - 4;
          const key = `${level} ${side}`;
          return (
            <g key={key}>
              <line x1={CENTRE} y1={y(level)} x2={CENTRE} y2={y(level + 1) + HEIGHT} />
              <line x1={x + BOX / 2} y1={y(level)} x2={CENTRE} y2={y(level + 1) + HEIGHT} />
              <rect className={css.given_box} x={x} y={y(level)} width={BOX} height={HEIGHT} rx={4} />
              <text x={x + BOX / 2} y={y(level) + 15}>
                {words(given.proof[level])}
              </text>
            </g>
          );
        })}
        {Array.from({ length: levels + 1 }, (_, level) => {
          const isKnown = level === 0 ? found !== null && found.length > 0 : level <= steps.length;
          const name =
            level === 0
              ? `entry ${given.entry}`
              : level === levels
                ? `root ${isRoot ? words(steps[level - 1]?.made) : ""}`
                : words(steps[level - 1]?.made);
          // The root's word needs more room than a hash alone.
          const width = level === levels ? BOX + 40 : BOX - 8;
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a level is its number
            <g key={level}>
              <rect
                className={isKnown ? css.made : css.unmade}
                x={CENTRE - width / 2}
                y={y(level)}
                width={width}
                height={HEIGHT}
                rx={4}
              />
              <text className={isKnown ? css.on : ""} x={CENTRE} y={y(level) + 15}>
                {isKnown || level === 0 || level === levels ? name : "?"}
              </text>
            </g>
          );
        })}
      </svg>
      <figcaption className={kit.muted}>Outlined: given by the server. Filled: computed here.</figcaption>
    </figure>
  );
}

/** On which side each given hash stands, as the entry's place tells. */
export function sidesOf({ entry, checkpoint, proof }: Given): ("left" | "right")[] {
  let [node, last] = [entry, checkpoint.size - 1];
  return proof.map(() => {
    while (node % 2 === 0 && node === last && last > 0) {
      node = Math.floor(node / 2);
      last = Math.floor(last / 2);
    }
    const side = node % 2 === 1 ? "left" : "right";
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
    return side;
  });
}
