import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import type { Quota } from "../api/described";
import { VolumeBar } from "./volume-figure";

const drawn = (used: number, state: Quota["state"]) => {
  const quota = { bytes: 1_000, used, period: "month" as const, resets_at: "2026-12-01T00:00:00Z", state };
  const markup = renderToStaticMarkup(createElement(VolumeBar, { quota }));
  return {
    label: /aria-label="([^"]*)"/.exec(markup)?.[1],
    bar: /width="([^"]*)" height="20" style="([^"]*)"/.exec(markup)?.slice(1),
    markup,
  };
};

test("a bar is as long as what came in, and ends with the figure", () => {
  expect(drawn(0, "ok").bar).toEqual(["0%", "fill:var(--accent)"]);
  expect(drawn(1, "ok").bar).toEqual(["0.38%", "fill:var(--accent)"]);
  expect(drawn(650, "ok").bar).toEqual(["50%", "fill:var(--accent)"]);
  expect(drawn(810, "near").bar).toEqual(["62.31%", "fill:var(--warn)"]);
  expect(drawn(9_000, "refusing").bar).toEqual(["100%", "fill:var(--error)"]);
});

test("each mark has its line, and its percents in words", () => {
  const { markup, label } = drawn(810, "near");
  expect(label).toBe("810 B of 1.0 KB came in this month: 81\u00a0%.");
  expect([...markup.matchAll(/<text x="([^"]*)"[^>]*>([^<]*)</g)].map(([, x, words]) => [x, words])).toEqual([
    ["61.54%", "80\u00a0%"],
    ["76.92%", "100\u00a0%"],
    ["92.31%", "120\u00a0%"],
  ]);
});
