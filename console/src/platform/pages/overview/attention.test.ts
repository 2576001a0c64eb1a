import assert from "node:assert/strict";
import { test } from "node:test";
import { type Facts, lookOf, matters } from "./attention";

const NAMES: Record<string, string> = { A: "Shed", B: "Door" };
const facts = (some: object) => ({ nameOf: (key: string) => NAMES[key] ?? key, ...some }) as Facts;

test("what is well needs no attention", () => {
  const well = {
    silent: [],
    cameras: [],
    stats: { holdings: { failed: 0 } },
    webhooks: [{ id: "w", url: "http://x", description: "" }],
    clocks: [],
    readiness: { status: "ready", broker: { ok: true, message: "fine" } },
  };
  assert.deepEqual(matters(facts(well)), []);
});

test("what was never seen, or could not be seen again, is not taken for well", () => {
  const query = (isEnabled: boolean, isSuccess: boolean, isError: boolean) =>
    lookOf({ isEnabled, isSuccess, isError });
  assert.equal(query(true, false, false), "waiting");
  assert.equal(query(true, true, false), "seen");
  assert.equal(query(true, false, true), "failed");
  assert.equal(query(false, false, false), "apart");
});

test("each trouble leads to its cause", () => {
  const found = matters(
    facts({
      silent: [
        { dev_sno: "A", name: "Shed", online: false, seen_at: 5 },
        { dev_sno: "N", name: "New", online: false, seen_at: null },
      ],
      cameras: [
        { dev_sno: "B", name: "front", state: "offline", seen_at: 8 },
        { dev_sno: "A", name: "back", state: "offline", seen_at: 4 },
      ],
      stats: { holdings: { failed: 3 }, at: 10 },
      webhooks: [
        { id: "w", url: "http://x", description: "payroll", failing_since: 7 },
        { id: "v", url: "http://y", description: "", disabled_reason: "too long", updated_at: 6 },
      ],
      clocks: [{ dev_sno: "B", clock_offset_ms: 90_000, clock_at: 6 }],
      readiness: { status: "degraded", broker: { ok: false, message: "not connected" } },
    }),
  );
  assert.deepEqual(
    found.map(({ kind, to, at }) => [kind, to, at]),
    [
      ["part", "/system", null],
      ["boxSilent", "/boxes/A", 5],
      ["boxNever", "/boxes/N", null],
      ["cameraDown", "/boxes/B", 8],
      ["failed", "/people", 10],
      ["webhook", "/webhooks/w", 7],
      ["webhookOff", "/webhooks/v", 6],
      ["clock", "/boxes/B", 6],
    ],
  );
  assert.deepEqual(found[3]?.names, ["front", "Door"]);
});
