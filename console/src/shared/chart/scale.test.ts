import assert from "node:assert/strict";
import { test } from "node:test";
import { hoursOf, marksOf, pathOf } from "./scale";

test("marks are round, few, and reach the highest value", () => {
  assert.deepEqual(marksOf(0.6), [0, 0.2, 0.4, 0.6]);
  assert.deepEqual(marksOf(7), [0, 2, 4, 6, 8]);
  assert.deepEqual(marksOf(100), [0, 25, 50, 75, 100]);
  for (const highest of [0, 0.013, 1, 3.3, 12, 999, 12_345]) {
    const marks = marksOf(highest);
    assert.ok(marks.length >= 2 && marks.length <= 5, `${highest}: ${marks}`);
    assert.ok((marks.at(-1) ?? 0) >= highest, `${highest}: ${marks}`);
  }
});

test("times are marked at full hours, as many as have room", () => {
  const midnight = new Date(2026, 0, 5).getTime();
  const hour = 3_600_000;
  const hours = (until: number, most: number) =>
    hoursOf(midnight, midnight + until * hour, most).map((at) => (at - midnight) / hour);
  assert.deepEqual(hours(4.5, 8), [0, 1, 2, 3, 4]);
  assert.deepEqual(hours(23, 6), [0, 4, 8, 12, 16, 20]);
  assert.deepEqual(hours(0.2, 6), [0]);
});

test("a line breaks where nothing is known", () => {
  const scale = { x: (at: number) => at, y: (value: number) => 10 - value };
  assert.equal(
    pathOf(
      [
        [0, 1],
        [1, 2],
        [2, null],
        [3, 4],
      ],
      scale,
    ),
    "M0.0 9.0L1.0 8.0M3.0 6.0",
  );
});
