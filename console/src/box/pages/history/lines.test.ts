import assert from "node:assert/strict";
import { test } from "node:test";
import { fits, type Line, withLine } from "./lines";

const line = (seq: number, change: Partial<Line> = {}) =>
  ({
    seq,
    camera: "front",
    identity_id: "7",
    identity_name: "Person Seven",
    group_name: "Staff",
    verdict: "let_in",
    taken_at: 1000,
    ...change,
  }) as Line;
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

test("a list that is followed for long keeps its newest, and leads on to the others", () => {
  const full = list(
    Array.from({ length: 500 }, (_, at) => 600 - at),
    [100, 99],
  );
  const grown = withLine(full, line(601));
  assert.deepEqual(seqs(grown)?.length, 1);
  assert.equal(grown?.pages[0]?.items.length, 500);
  assert.equal(grown?.pages[0]?.items[0]?.seq, 601);
  assert.equal(grown?.pages[0]?.next, "102");
});

test("only what fits the filters comes in", () => {
  assert.ok(fits(line(1), {}));
  assert.ok(fits(line(1), { camera: "front", person: "7", verdict: "let_in" }));
  assert.ok(fits(line(1), { who: "seven", library: "Staff", from: 1000, to: 1001 }));
  assert.ok(!fits(line(1), { who: "eight" }));
  assert.ok(!fits(line(1, { identity_id: "", identity_name: "STRANGER" }), { who: "stranger" }));
  assert.ok(!fits(line(1), { library: "Visitors" }));
  assert.ok(!fits(line(1, { identity_id: "" }), { library: "Staff" }));
  assert.ok(!fits(line(1), { from: 1001 }));
  assert.ok(!fits(line(1), { to: 1000 }));
  assert.ok(!fits(line(1), { camera: "back" }));
  assert.ok(!fits(line(1), { person: "8" }));
  assert.ok(!fits(line(1), { verdict: "refused" }));
});
