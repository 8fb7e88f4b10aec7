import { expect, test } from "vitest";
import { snippets } from "./snippets";

const KEY = "bh_write_0123";
const all = snippets("https://logs.example.com", "s1", KEY);

test("each snippet has the key and checks the server's certificate", () => {
  for (const { id, text, note } of all) {
    expect(text, id).toContain(KEY);
    expect(`${note} ${text}`, id).toMatch(/ca\.crt/);
    expect(text, id).not.toMatch(/\s-k\b|insecure|verify\s*=\s*(off|false)/i);
  }
});

test("rsyslog is given its quotes escaped, and journald the port that the address leaves out", () => {
  const text = (id: string) => all.find((one) => one.id === id)?.text ?? "";
  expect(text("syslog")).toContain(`[authentication@51576 source_id=\\"s1\\" api_key=\\"${KEY}\\"]`);
  expect(text("syslog")).toContain('target="logs.example.com" port="6514"');
  expect(text("journald")).toContain(`URL=https://any:${KEY}@logs.example.com:443\n`);
});
