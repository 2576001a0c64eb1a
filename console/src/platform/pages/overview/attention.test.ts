import assert from "node:assert/strict";
import { test } from "node:test";
import { type Facts, matters } from "./attention";

const facts = (some: object) => some as Facts;
const kinds = (some: object) => matters(facts(some)).map(({ kind }) => kind);

test("what is well needs no attention", () => {
  const box = { dev_sno: "B", name: "Door", online: true, seen_at: 1 };
  const well = {
    boxes: [box],
    cameras: [{ dev_sno: "B", name: "front", state: "online", seen_at: 1 }],
    stats: { holdings: { failed: 0 } },
    webhooks: [{ id: "w", url: "http://x", description: "" }],
    clocks: [{ dev_sno: "B", clock_offset_ms: -300 }],
    readiness: { status: "ready", broker: { ok: true, message: "fine" } },
  };
  assert.deepEqual(kinds(well), []);
  assert.deepEqual(kinds({}), []);
});

test("each trouble leads to its cause", () => {
  const found = matters(
    facts({
      boxes: [
        { dev_sno: "A", name: "Shed", online: false, seen_at: 5 },
        { dev_sno: "N", name: "New", online: false, seen_at: null },
        { dev_sno: "B", name: "Door", online: true, seen_at: 9 },
      ],
      cameras: [
        { dev_sno: "B", name: "front", state: "offline", seen_at: 8 },
        { dev_sno: "A", name: "back", state: "offline", seen_at: 4 },
      ],
      stats: { holdings: { failed: 3 }, at: 10 },
      webhooks: [{ id: "w", url: "http://x", description: "payroll", failing_since: 7 }],
      clocks: [{ dev_sno: "B", clock_offset_ms: 90_000, clock_at: 6 }],
      readiness: { status: "degraded", broker: { ok: false, message: "not connected" } },
    }),
  );
  assert.deepEqual(
    found.map(({ kind, to }) => [kind, to]),
    [
      ["part", "/system"],
      ["boxSilent", "/boxes/A"],
      ["boxNever", "/boxes/N"],
      ["cameraDown", "/boxes/B"],
      ["failed", "/people"],
      ["webhook", "/webhooks/w"],
      ["clock", "/boxes/B"],
    ],
  );
});
