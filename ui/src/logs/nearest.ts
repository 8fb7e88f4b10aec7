// What a query may have meant whose fields are not there, or that compares as other languages do. Pure.

// The record's own, words that stand before a name, and names that are found under another.
const ALWAYS = ["message", "level", "timestamp", "dt", "id", "has", "missing", "service", "service.name", "host"];
const LEFT_OUT = /^(context|event|resource|attributes)\./;
// A quoted text, or a name before a colon that is not of an address.
const NAMES = /"(?:[^"\\]|\\.)*"|(?<![^\s(-])[A-Za-z0-9#$_@.-]+(?=:(?!\/\/))/g;
// A quoted text, or a name and a word with `=`, `==`, or what compares numbers between them.
const COMPARED = /"(?:[^"\\]|\\.)*"|(?<![^\s(-])(-*[A-Za-z0-9#$_@.-]+)(={1,2}|[<>]=?)(?=[^\s=<>])/g;
const MISTAKES_MAX = 2;

/**
 * The query with each unknown field replaced by the nearest known one, and `:` after a field where something else compares it;
 * nothing where there is neither.
 */
export function meant(query: string, fields: readonly string[]): string | undefined {
  const known = new Set(ALWAYS);
  for (const field of fields) {
    for (const name of [field, field.replace(LEFT_OUT, "")]) {
      // A name finds what is inside of it too.
      for (let end = name.length; end > 0; end = name.lastIndexOf(".", end - 1)) known.add(name.slice(0, end));
    }
  }
  const compared = query.replace(COMPARED, (text, name?: string, sign?: string) => {
    const bare = name?.replace(/^-+/, "") ?? "";
    if (!known.has(bare) && nearest(bare, known) === undefined) return text;
    return `${name}:${sign?.startsWith("=") ? "" : sign}`;
  });
  const made = compared.replace(NAMES, (name) => {
    const [, minus = "", bare = ""] = /^(-*)(.*)$/s.exec(name) ?? [];
    if (bare === "" || bare.startsWith('"') || known.has(bare)) return name;
    return minus + (nearest(bare, known) ?? bare);
  });
  return made === query ? undefined : made;
}

function nearest(name: string, known: ReadonlySet<string>): string | undefined {
  const most = Math.min(MISTAKES_MAX, Math.floor(name.length / 3));
  let best: { name: string; mistakes: number } | undefined;
  for (const one of known) {
    if (Math.abs(one.length - name.length) > most) continue;
    const mistakes = distance(name.toLowerCase(), one.toLowerCase());
    if (mistakes <= most && (!best || mistakes < best.mistakes)) best = { name: one, mistakes };
  }
  return best?.name;
}

/** Letters that are wrong, missing, too many, or changed about with the next one. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const isSame = a[i - 1] === b[j - 1];
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      row.push(least);
    }
    [before, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
