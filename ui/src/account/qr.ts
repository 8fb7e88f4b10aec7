// QR codes (ISO/IEC 18004): bytes, versions 1 to 13 at error correction L, which is enough for an address of 425 bytes.

/** Codewords of error correction in each block, by version. */
const CORRECTION = [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26];
const BLOCKS = [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4];
const MASKS: ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

type Grid = (boolean | undefined)[][];

/** The modules of a text's code, dark ones true; nothing for a text that is too long. */
export function modules(text: string): boolean[][] | null {
  const bytes = new TextEncoder().encode(text);
  const version = CORRECTION.findIndex((_, at) => bytes.length + (at + 1 < 10 ? 2 : 3) <= dataOf(at + 1)) + 1;
  if (version === 0) return null;
  const words = interleaved(bytes, version);
  const tried = MASKS.map((_, mask) => drawn(words, version, mask));
  return tried.reduce((best, one) => (penalty(one) < penalty(best) ? one : best));
}

/** Codewords that a version holds, of data and correction together. */
function capacity(version: number): number {
  const size = version * 4 + 17;
  const across = version === 1 ? 0 : Math.floor(version / 7) + 2;
  const alignment = across === 0 ? 0 : 25 * (across * across - 3) - 10 * (across - 2);
  const fixed = 3 * 64 + alignment + 2 * (size - 16) + 31 + (version >= 7 ? 36 : 0);
  return Math.floor((size * size - fixed) / 8);
}

const dataOf = (version: number) => capacity(version) - (CORRECTION[version - 1] ?? 0) * (BLOCKS[version - 1] ?? 0);

function interleaved(bytes: Uint8Array, version: number): number[] {
  const data = padded(bytes, version);
  const [blocks, correction] = [BLOCKS[version - 1] ?? 1, CORRECTION[version - 1] ?? 0];
  const short = Math.floor(data.length / blocks);
  const longer = data.length % blocks;
  const divisor = generator(correction);
  let at = 0;
  const all = Array.from({ length: blocks }, (_, block) => {
    const length = short + (block >= blocks - longer ? 1 : 0);
    const words = data.slice(at, at + length);
    at += length;
    return { words, checks: remainder(words, divisor) };
  });
  const out: number[] = [];
  for (let i = 0; i <= short; i++) for (const { words } of all) if (i < words.length) out.push(words[i] as number);
  for (let i = 0; i < correction; i++) for (const { checks } of all) out.push(checks[i] as number);
  return out;
}

/** Mode, length, bytes, an end, and filling. */
function padded(bytes: Uint8Array, version: number): number[] {
  const bits: number[] = [];
  const put = (value: number, length: number) => {
    for (let i = length - 1; i >= 0; i--) bits.push((value >>> i) & 1);
  };
  put(0b0100, 4);
  put(bytes.length, version < 10 ? 8 : 16);
  for (const byte of bytes) put(byte, 8);
  const room = dataOf(version) * 8;
  put(0, Math.min(4, room - bits.length));
  put(0, (8 - (bits.length % 8)) % 8);
  for (let fill = 0xec; bits.length < room; fill ^= 0xec ^ 0x11) put(fill, 8);
  return Array.from({ length: bits.length / 8 }, (_, at) =>
    bits.slice(at * 8, at * 8 + 8).reduce((word, bit) => (word << 1) | bit, 0),
  );
}

// --- Reed-Solomon over GF(256) with 0x11d ---

function times(a: number, b: number): number {
  let product = 0;
  for (let i = 7; i >= 0; i--) {
    product = (product << 1) ^ ((product >>> 7) * 0x11d);
    product ^= ((b >>> i) & 1) * a;
  }
  return product;
}

function generator(degree: number): number[] {
  const out = new Array<number>(degree).fill(0);
  out[degree - 1] = 1;
  let root = 1;
  for (let i = 0; i < degree; i++) {
    for (let j = 0; j < degree; j++) out[j] = times(out[j] as number, root) ^ (out[j + 1] ?? 0);
    root = times(root, 2);
  }
  return out;
}

function remainder(data: readonly number[], divisor: readonly number[]): number[] {
  let out = divisor.map(() => 0);
  for (const word of data) {
    const factor = word ^ (out[0] as number);
    out = [...out.slice(1), 0];
    out = out.map((one, at) => one ^ times(divisor[at] as number, factor));
  }
  return out;
}

// --- drawing ---

function drawn(words: readonly number[], version: number, mask: number): boolean[][] {
  const size = version * 4 + 17;
  const grid: Grid = Array.from({ length: size }, () => new Array(size).fill(undefined));
  drawPatterns(grid, version);
  drawFormat(grid, mask);
  if (version >= 7) drawVersion(grid, version);
  const isMasked = MASKS[mask] as (x: number, y: number) => boolean;
  let bit = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    // The column of the timing pattern is left out.
    const column = right <= 6 ? right - 1 : right;
    for (let step = 0; step < size; step++) {
      const isUp = ((column + 1) & 2) === 0;
      const y = isUp ? size - 1 - step : step;
      for (const x of [column, column - 1]) {
        const row = grid[y] as (boolean | undefined)[];
        if (row[x] !== undefined) continue;
        const isDark = (((words[bit >>> 3] ?? 0) >>> (7 - (bit & 7))) & 1) === 1;
        row[x] = isDark !== isMasked(x, y);
        bit += 1;
      }
    }
  }
  return grid as boolean[][];
}

function set(grid: Grid, x: number, y: number, isDark: boolean) {
  const row = grid[y];
  if (row && x >= 0 && x < row.length) row[x] = isDark;
}

function drawPatterns(grid: Grid, version: number) {
  const size = grid.length;
  for (let i = 0; i < size; i++) {
    set(grid, 6, i, i % 2 === 0);
    set(grid, i, 6, i % 2 === 0);
  }
  for (const [cx, cy] of [
    [3, 3],
    [size - 4, 3],
    [3, size - 4],
  ] as const) {
    for (let dy = -4; dy <= 4; dy++)
      for (let dx = -4; dx <= 4; dx++) {
        const ring = Math.max(Math.abs(dx), Math.abs(dy));
        set(grid, cx + dx, cy + dy, ring !== 2 && ring !== 4);
      }
  }
  const centres = alignments(version);
  const last = centres.length - 1;
  centres.forEach((x, i) => {
    centres.forEach((y, j) => {
      if ((i === 0 && j === 0) || (i === 0 && j === last) || (i === last && j === 0)) return;
      for (let dy = -2; dy <= 2; dy++)
        for (let dx = -2; dx <= 2; dx++) set(grid, x + dx, y + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1);
    });
  });
}

function alignments(version: number): number[] {
  if (version === 1) return [];
  const across = Math.floor(version / 7) + 2;
  const step = Math.ceil((version * 4 + 4) / (across * 2 - 2)) * 2;
  const out = [6];
  for (let at = version * 4 + 10; out.length < across; at -= step) out.splice(1, 0, at);
  return out;
}

/** What is read of both copies: error correction L, and the mask. */
function drawFormat(grid: Grid, mask: number) {
  const size = grid.length;
  const data = (0b01 << 3) | mask;
  let rest = data;
  for (let i = 0; i < 10; i++) rest = (rest << 1) ^ ((rest >>> 9) * 0x537);
  const bits = ((data << 10) | rest) ^ 0x5412;
  const isDark = (at: number) => ((bits >>> at) & 1) === 1;
  for (let i = 0; i <= 5; i++) set(grid, 8, i, isDark(i));
  set(grid, 8, 7, isDark(6));
  set(grid, 8, 8, isDark(7));
  set(grid, 7, 8, isDark(8));
  for (let i = 9; i < 15; i++) set(grid, 14 - i, 8, isDark(i));
  for (let i = 0; i < 8; i++) set(grid, size - 1 - i, 8, isDark(i));
  for (let i = 8; i < 15; i++) set(grid, 8, size - 15 + i, isDark(i));
  set(grid, 8, size - 8, true);
}

function drawVersion(grid: Grid, version: number) {
  const size = grid.length;
  let rest = version;
  for (let i = 0; i < 12; i++) rest = (rest << 1) ^ ((rest >>> 11) * 0x1f25);
  const bits = (version << 12) | rest;
  for (let i = 0; i < 18; i++) {
    const [a, b] = [size - 11 + (i % 3), Math.floor(i / 3)];
    set(grid, a, b, ((bits >>> i) & 1) === 1);
    set(grid, b, a, ((bits >>> i) & 1) === 1);
  }
}

/** How hard it is to read: long runs of one colour, and blocks of it. */
function penalty(grid: readonly (readonly boolean[])[]): number {
  const size = grid.length;
  const at = (x: number, y: number) => grid[y]?.[x];
  let sum = 0;
  for (let a = 0; a < size; a++) {
    for (const line of [(b: number) => at(b, a), (b: number) => at(a, b)]) {
      let run = 1;
      for (let b = 1; b <= size; b++) {
        if (b < size && line(b) === line(b - 1)) run += 1;
        else {
          if (run >= 5) sum += run - 2;
          run = 1;
        }
      }
    }
    for (let b = 1; b < size; b++) {
      if (a > 0 && at(a, b) === at(a - 1, b) && at(a, b) === at(a, b - 1) && at(a, b) === at(a - 1, b - 1)) sum += 3;
    }
  }
  return sum;
}
