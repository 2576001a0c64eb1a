import assert from "node:assert/strict";
import { test } from "node:test";
import { fits, type Line, withLine } from "./lines";

const line = (seq: number, change: Partial<Line> = {}) =>
  ({ seq, camera: "front", identity_id: "7", verdict: "let_in", ...change }) as Line;
const list = (...pages: number[][]) => ({
  pages: pages.map((seqs) => ({ items: seqs.map((seq) => line(seq)), next: null })),
  pageParams: pages.map(() => undefined),
});
const seqs = (of: ReturnType<typeof withLine>) => of?.pages.map((page) => page.items.map(({ seq }) => seq));

test("a new event comes first, and never twice", () => {
  assert.deepEqual(seqs(withLine(list([3, 2], [1]), line(4))), [[4, 3, 2], [1]]);
  assert.deepEqual(seqs(withLine(list([3, 2], [1]), line(1))), [[3, 2], [1]]);
  assert.equal(withLine(undefined, line(1)), undefined);
});

test("one that comes late finds its place", () => {
  assert.deepEqual(seqs(withLine(list([5, 3]), line(4))), [[5, 4, 3]]);
});

test("only what fits the filters comes in", () => {
  assert.ok(fits(line(1), {}));
  assert.ok(fits(line(1), { camera: "front", person: "7", verdict: "let_in" }));
  assert.ok(!fits(line(1), { camera: "back" }));
  assert.ok(!fits(line(1), { person: "8" }));
  assert.ok(!fits(line(1), { verdict: "refused" }));
});
