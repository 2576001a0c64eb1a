import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";
import { boundsOf, narrowed, offsetOf, serverNow, timedFetch } from "./clock";

afterEach(() => {
  mock.restoreAll();
  mock.timers.reset();
});

test("a clock that may be right is taken for right", () => {
  assert.equal(offsetOf(null), 0);
  assert.equal(offsetOf(boundsOf(10_000, 10_700, 10_800)), 0);
});

test("answers together bound closely how wrong a clock is", () => {
  // 90,250 ms behind: asked at 0.5 s and answered at 0.9 s by this clock, made in between.
  let bounds = narrowed(null, boundsOf(90_000, 500, 900));
  assert.ok(Math.abs(offsetOf(bounds) - 90_250) <= 700, String(offsetOf(bounds)));
  bounds = narrowed(bounds, boundsOf(91_000, 760, 780));
  assert.ok(Math.abs(offsetOf(bounds) - 90_250) <= 500, String(offsetOf(bounds)));
  // A slow answer tells little, and spoils nothing.
  assert.deepEqual(narrowed(bounds, boundsOf(95_000, 1_000, 9_000)), bounds);
});

test("a clock that was set meanwhile is learnt anew", () => {
  const wrong = narrowed(null, boundsOf(90_000, 500, 510));
  const right = narrowed(wrong, boundsOf(91_000, 91_200, 91_210));
  assert.equal(offsetOf(right), 0);
});

test("the time is the server's once it has answered; what a cache has kept tells nothing", async () => {
  const answer = (at: number, headers: Record<string, string> = {}) =>
    mock.method(
      globalThis,
      "fetch",
      async () => new Response("", { headers: { date: new Date(at).toUTCString(), ...headers } }),
    );
  // Between two looks at it this machine's clock stands still.
  mock.timers.enable({ apis: ["Date"], now: 1_700_000_000_500 });
  const off = () => serverNow() - Date.now();
  answer(Date.now() - 3_600_000, { age: "3600" });
  await timedFetch("/kept");
  assert.equal(off(), 0);
  answer(Date.now() + 300_000);
  await timedFetch("/fresh");
  assert.ok(Math.abs(off() - 300_000) <= 1_000, String(off()));
});
