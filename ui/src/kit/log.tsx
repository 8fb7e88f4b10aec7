// Log text on the screen. It is a stranger's, so it only ever becomes text nodes.

import { useState } from "react";
import { Button, classes } from "./controls";
import css from "./log.module.css";
import { type Piece, pieces, SHOWN_CHARS_MAX, size } from "./text";

function Pieces({ all }: { all: readonly Piece[] }) {
  let at = 0;
  return all.map((piece) => {
    const key = at;
    at += piece.text.length;
    const names = piece.styles.map((style) => css[style]);
    if (!piece.sign && names.length === 0) return piece.text;
    return (
      <span key={key} className={classes(...names, piece.sign && css.sign)}>
        {piece.text}
      </span>
    );
  });
}

/** One line of log text, cut where the row ends anyway. */
export function LogLine({ text }: { text: string }) {
  return (
    <bdi className={css.text}>
      <Pieces all={pieces(text.length > SHOWN_CHARS_MAX ? text.slice(0, SHOWN_CHARS_MAX) : text)} />
    </bdi>
  );
}

/** All of a text: cut at first when it is long. */
export function LogText({ text }: { text: string }) {
  const [isWhole, setWhole] = useState(false);
  const isCut = text.length > SHOWN_CHARS_MAX && !isWhole;
  return (
    <>
      <bdi className={css.text}>
        <Pieces all={pieces(isCut ? text.slice(0, SHOWN_CHARS_MAX) : text)} />
      </bdi>
      {isCut && (
        <>
          {" … "}
          <Button size="small" onPress={() => setWhole(true)}>
            Show all {size(text.length)}
          </Button>
        </>
      )}
    </>
  );
}
