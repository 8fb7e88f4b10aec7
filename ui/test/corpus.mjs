// Records to look at: an hour of several services, and one of each kind of hostile text.

const SERVICES = ["api", "web", "checkout", "billing", "worker"];

/** The same each time but for when: `count` records, evenly over the hour that ends now. */
export function hour(count, now = Date.now()) {
  return Array.from({ length: count }, (_, at) => {
    const level = at % 17 === 0 ? "error" : at % 11 === 0 ? "warn" : "info";
    return {
      timestamp: new Date(now - 60_000 - ((count - at) * 3_400_000) / count).toISOString(),
      level,
      service: SERVICES[at % SERVICES.length],
      message: level === "error" ? `upstream timeout after ${at} ms` : `GET /v1/orders/${at} answered`,
      status: level === "error" ? 502 : 200,
      http: { method: "GET", path: `/v1/orders/${at}` },
    };
  });
}

const FIELDS = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`f${at}<b>`, at]));

export const HOSTILE = [
  {
    message: "<script>globalThis.harmed = 1</script><img src=x onerror=globalThis.harmed=1>",
    note: "<b onclick=globalThis.harmed=1>\u202ebold",
  },
  { message: "\u001b[1;31mred\u001b[0m then \u001b]0;title\u0007 and \u001b[2J" },
  { message: "invoice\u202efdp.exe\u202c \u2066isolated\u2069 zero\u200bwidth" },
  { message: "nul \u0000 bell \u0007 delete \u007f" },
  { message: "شكرا جزيلا 12:30 مرحبا, עברית, 漢字, 👩‍👩‍👧 emoji" },
  { message: `long ${"x".repeat(1_000_000)}` },
  { message: 'Traceback (most recent call last):\n  File "a.py", line 1\nValueError: no' },
  { message: "of a fence\n```\n# no heading\n````js" },
  { message: "five hundred fields", ...FIELDS },
  { message: "names", "javascript:alert(1)": "<b>", __proto__: { polluted: true }, "": "no name", 'a b"c': 'x"y\\z' },
].map((record) => ({ level: "error", service: "hostile", ...record }));
