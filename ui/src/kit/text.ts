// Text of a stranger, made safe to look at: what steers a terminal or the direction of writing becomes visible.

export type Piece = {
  text: string;
  /** What an escape sequence asked for; named as the classes of the style sheet. */
  styles: readonly string[];
  /** A stand-in for a character that does not show, or shows as what it is not. */
  sign?: boolean;
};

// Anything longer is cut until somebody asks for all of it.
export const SHOWN_CHARS_MAX = 4_096;
// Beyond this many pieces, styles of the rest are left out: a line of escape sequences must not stop the browser.
const PIECES_MAX = 500;

// Lines and characters of a text that is one of several.
const FOLDED_LINES = 3;
const FOLDED_CHARS = 300;

const BREAKS = /(?:\r?\n|\t)+/;
const COLOURS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
// Control characters, marks of direction, and spaces without width. A tab and an end of line, also one of Windows, are
// themselves.
const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/;
const ESCAPE = /\u001b\[([0-9;]{0,32})m/y;

export function pieces(text: string): Piece[] {
  // Nearly every line is like that.
  if (!HIDDEN.test(text)) return text ? [{ text, styles: [] }] : [];
  const found: Piece[] = [];
  let styles: readonly string[] = [];
  let plain = "";
  const end = () => {
    if (plain) found.push({ text: plain, styles });
    plain = "";
  };
  for (let at = 0; at < text.length; ) {
    const character = text.charAt(at);
    if (!HIDDEN.test(character) || joins(text, at) || text.startsWith("\r\n", at)) {
      plain += character;
      at += 1;
      continue;
    }
    if (found.length >= PIECES_MAX) {
      plain += sign(character);
      at += 1;
      continue;
    }
    end();
    ESCAPE.lastIndex = at;
    const style = ESCAPE.exec(text);
    if (style) {
      styles = restyled(styles, style[1] ?? "");
      at += style[0].length;
    } else {
      found.push({ text: sign(character), styles, sign: true });
      at += 1;
    }
  }
  end();
  return found;
}

/** The same on one line and without styles, for where there is no room for more. */
export function flat(text: string): string {
  if (!HIDDEN.test(text) && !BREAKS.test(text)) return text;
  return pieces(text)
    .map((piece) => piece.text)
    .join("")
    .replace(new RegExp(BREAKS, "g"), " ");
}

/** A joiner inside of an emoji or of a word of a script that needs it shows by what it joins. */
function joins(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return (code === 0x200c || code === 0x200d) && text.charCodeAt(at - 1) > 0x02ff && text.charCodeAt(at + 1) > 0x02ff;
}

/** `U+202E` as `⟨202E⟩`, a control character as `⟨1B⟩`: their pictures are too small to be told apart. */
function sign(character: string): string {
  const code = character.charCodeAt(0);
  return `⟨${code
    .toString(16)
    .toUpperCase()
    .padStart(code < 0x100 ? 2 : 4, "0")}⟩`;
}

function restyled(styles: readonly string[], codes: string): readonly string[] {
  let next = [...styles];
  const without = (kinds: readonly string[]) => next.filter((style) => !kinds.includes(style));
  for (const code of codes.split(";").map(Number)) {
    if (code === 0) next = [];
    else if (code === 1) next = [...without(["bold"]), "bold"];
    else if (code === 3) next = [...without(["italic"]), "italic"];
    else if (code === 4) next = [...without(["underline"]), "underline"];
    else if (code === 22) next = without(["bold"]);
    else if (code === 39) next = without(COLOURS);
    else {
      const colour = code >= 30 && code <= 37 ? code - 30 : code >= 90 && code <= 97 ? code - 90 : -1;
      const name = COLOURS[colour];
      if (name) next = [...without(COLOURS), name];
    }
  }
  return next;
}

/** The first lines of a text that is one of several; all of a short one. */
export function folded(text: string): string {
  const lines = text.slice(0, FOLDED_CHARS).split("\n", FOLDED_LINES).join("\n");
  // No half of a character.
  return lines.length < text.length ? lines.replace(/[\ud800-\udbff]$/, "") : text;
}

/** `212 K characters`. */
export function size(chars: number): string {
  const thousands = Math.round(chars / 1_000);
  if (thousands < 1) return `${chars} characters`;
  return thousands < 1_000 ? `${thousands} K characters` : `${Math.round(chars / 100_000) / 10} M characters`;
}
