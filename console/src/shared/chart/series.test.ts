import assert from "node:assert/strict";
import { test } from "node:test";
import { rowsOf, withBreaks, written } from "./series";

test("a line breaks where nothing is known", () => {
  const points = withBreaks(
    [
      [0, 1],
      [10, 2],
      [40, 3],
    ],
    10,
  );
  assert.deepEqual(points, [
    [0, 1],
    [10, 2],
    [20, null],
    [40, 3],
  ]);
});

test("a table has a row for every time that any line knows, and none for breaks", () => {
  const rows = rowsOf([
    {
      name: "a",
      points: [
        [20, 2],
        [30, null],
      ],
    },
    {
      name: "b",
      points: [
        [10, 1],
        [20, 5],
      ],
    },
  ]);
  assert.deepEqual(rows, [
    { at: 10, values: [null, 1] },
    { at: 20, values: [2, 5] },
  ]);
});

test("values have as many digits as they deserve", () => {
  assert.equal(written(12.345, "%", "en"), "12.3 %");
  assert.equal(written(0.05, "/min", "en"), "0.05 /min");
  assert.equal(written(1234.5, undefined, "en"), "1,235");
  assert.equal(written(null, "%", "en"), "–");
});
