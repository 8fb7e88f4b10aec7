import { expect, test } from "vitest";
import { answersWords, countAnswers } from "./answered";

const asks = (question: string) => ({ event: { type: "records_read", question } }) as never;
const shows = (question: string) => ({ event: { type: "staff_question_asked", question } }) as never;

test("what is counted is what is listed and what showed nothing", () => {
  const entries = [
    asks("search"),
    asks("search"),
    shows("search"),
    asks("fields"),
    asks("histogram"),
    shows("histogram"),
  ];
  expect(countAnswers(entries)).toEqual({ asked: 4, answered: 2 });
  expect(answersWords(entries)).toBe(
    "4 questions were asked, of which 2 were answered. The other 2 showed nothing: stopped, overtaken while a query was written, or refused.",
  );
});

test("a tail is one question, however often it shows something", () => {
  expect(answersWords([asks("tail"), shows("tail"), shows("tail")])).toBe("1 question was asked, and it was answered.");
  expect(answersWords([])).toBe("");
});
