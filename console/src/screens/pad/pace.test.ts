import assert from "node:assert/strict";
import { test } from "node:test";
import { Pace } from "./pace.ts";

test("pictures are few, one at a time, and fewer still while nobody is there", () => {
  const pace = new Pace();
  assert.ok(pace.wants(0));
  pace.sent(0);
  assert.ok(!pace.wants(5000), "an answer is awaited");
  pace.answered(100, false);
  assert.ok(!pace.wants(1000), "nobody is there");
  assert.ok(pace.wants(3000), "but a look from time to time finds whoever stands still");
  pace.moved(1000);
  assert.ok(pace.wants(1000));
  pace.sent(1000);
  pace.answered(1100, true);
  assert.ok(!pace.wants(1200) && pace.wants(1330), "three a second");
  assert.ok(pace.awake(5000) && !pace.awake(5200), "a face keeps it awake for a while");
});

test("a result is read before anybody is looked at again", () => {
  const pace = new Pace();
  pace.moved(0);
  pace.quiet(0, 1600);
  pace.moved(1500);
  assert.ok(!pace.wants(1500) && pace.wants(1600));
});

test("an answer that does not come is noticed, and a new line begins anew", () => {
  const pace = new Pace();
  pace.sent(0);
  assert.ok(!pace.lost(7000) && pace.lost(8001));
  assert.equal(pace.waited(700), 700);
  pace.forget();
  assert.ok(!pace.lost(9000) && pace.wants(9000));
});
