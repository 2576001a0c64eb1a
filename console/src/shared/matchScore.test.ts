import assert from "node:assert/strict";
import { test } from "node:test";
import { matchScore } from "./MatchScore";

test("a score is told in percent, whatever the box counts in, and never as certain", () => {
  assert.deepEqual([0.78, 78, 0.999_999, 1, 0.0001, null].map(matchScore), [
    "78 %",
    "78 %",
    "> 99 %",
    "> 99 %",
    "< 1 %",
    "–",
  ]);
});
