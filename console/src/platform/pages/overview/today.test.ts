import assert from "node:assert/strict";
import { test } from "node:test";
import { filled } from "./today";

test("a span without an event is a zero", () => {
  const some = { at: 60_000, known: 2, stranger: 1, refused: 0 };
  const points = filled({ from: 0, until: 150_000, step: 60, items: [some] });
  assert.deepEqual(
    points.map(({ at, known }) => [at, known]),
    [
      [0, 0],
      [60_000, 2],
      [120_000, 0],
    ],
  );
});
