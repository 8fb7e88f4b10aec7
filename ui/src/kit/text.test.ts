import { expect, test } from "vitest";
import { flat, folded, pieces } from "./text";

const check = (text: string, shown: string) => expect(flat(text)).toBe(shown);

test("what does not show, or shows as what it is not, becomes visible", () => {
  check("plain", "plain");
  check("nul \u0000 bell \u0007 del \u007f", "nul ⟨00⟩ bell ⟨07⟩ del ⟨7F⟩");
  check("a\u202eb\u2066c", "a⟨202E⟩b⟨2066⟩c");
  check("zero\u200bwidth\ufeff", "zero⟨200B⟩width⟨FEFF⟩");
  check("two\nlines\tand a tab", "two lines and a tab");
  check("of\r\nWindows, over\rwritten", "of Windows, over⟨0D⟩written");
  check("<b>", "<b>");
});

test("what joins the parts of an emoji or of a word stays", () => {
  check("👩‍👩‍👧", "👩‍👩‍👧");
  check("می‌خواهم", "می‌خواهم");
  check("a\u200db", "a⟨200D⟩b");
});

test("escape sequences are styles, and any other is visible", () => {
  expect(pieces("\u001b[1;31mred\u001b[0m plain")).toEqual([
    { text: "red", styles: ["bold", "red"] },
    { text: " plain", styles: [] },
  ]);
  check("\u001b]0;title\u0007", "⟨1B⟩]0;title⟨07⟩");
  check("\u001b[2J", "⟨1B⟩[2J");
  check(`\u001b[${"1;".repeat(40)}m`, `⟨1B⟩[${"1;".repeat(40)}m`);
});

test("a line of nothing but signs is bounded", () => {
  expect(pieces("\u0007".repeat(100_000)).length).toBeLessThan(600);
});

test("a long text among others is folded to its first lines", () => {
  expect(folded("one\ntwo\nthree")).toBe("one\ntwo\nthree");
  expect(folded("one\ntwo\nthree\nfour")).toBe("one\ntwo\nthree");
  expect(folded("a".repeat(300))).toBe("a".repeat(300));
  expect(folded("a".repeat(301))).toBe("a".repeat(300));
  expect(folded(`${"a".repeat(299)}👩`)).toBe("a".repeat(299));
});
