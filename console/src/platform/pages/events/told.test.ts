import assert from "node:assert/strict";
import { test } from "node:test";
import { traceOf } from "./told";

const of = (trace: unknown) => traceOf({ detail: { menshen: { trace } } } as never);

test("what has not the form of a trace is left out of it", () => {
  assert.equal(of(undefined), null);
  assert.equal(of([1]), null);
  const odd = of({
    picture: [1],
    bbox: ["a", 1, 2, 3],
    quality: { fails: "dark" },
    thresholds: { door: "high" },
    candidates: [{ identity_id: "1" }, null, { identity_id: "2", cosine: 0.5 }],
    steps: [{ gate: "match" }, "x"],
    ms: {},
  });
  assert.deepEqual(odd?.candidates, [{ identity_id: "2", cosine: 0.5 }]);
  assert.deepEqual(odd?.steps, []);
  for (const key of ["picture", "bbox", "quality", "thresholds", "ms"] as const)
    assert.equal(odd?.[key], undefined);
});

test("a trace of ours stays as it is", () => {
  const trace = {
    picture: [970, 2204],
    quality: { fails: [], info: { clarity: 2 }, level: "middle", score: 1 },
    thresholds: { door: 0.4, name: 0.3, possible: 0.2, enrolled: 2, door_rate: 0.1, name_rate: 0.2 },
    candidates: [{ identity_id: "2", cosine: 0.5, score: 1, band: "door" }],
    steps: [{ gate: "match", open: true, found: "nobody is enrolled" }],
    ms: { waited: 0, looked: 1, total: 1 },
  };
  const read = of(trace);
  assert.deepEqual(read?.thresholds, trace.thresholds);
  assert.deepEqual(read?.steps, trace.steps);
  assert.deepEqual(read?.quality, trace.quality);
});
