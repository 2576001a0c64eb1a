import assert from "node:assert/strict";
import { test } from "node:test";
import { ago, exactly, lasting, shortly } from "./when";

test("the age of a fact is told in its largest unit, in both languages", () => {
  const now = 1_700_000_000_000;
  assert.equal(ago(now - 12_400, now, "en"), "12 sec. ago");
  assert.equal(ago(now - 2 * 3_600_000 - 59_000, now, "en"), "2 hr. ago");
  assert.equal(ago(now - 86_400_000, now, "en"), "yesterday");
  assert.equal(ago(now + 3 * 60_000, now, "en"), "in 3 min.");
  assert.equal(ago(now - 300, now, "en"), "now");
  assert.match(ago(now - 5 * 60_000, now, "zh"), /5\s?分钟前/);
});

test("a length of time is told in its two largest units", () => {
  assert.equal(lasting(90_061_000, "en"), "1 d 1 h");
  assert.equal(lasting(3_600_000, "en"), "1 h");
  assert.equal(lasting(8_400, "en"), "8 s");
  assert.equal(lasting(42, "en"), "42 ms");
  assert.equal(lasting(61_000, "zh"), "1 分 1 秒");
});

test("what is of today is told by the clock alone", () => {
  const noon = new Date(2026, 10, 29, 12).getTime();
  assert.equal(shortly(noon - 3_600_000, noon, "zh"), "11:00");
  assert.equal(shortly(noon - 86_400_000, noon, "zh"), exactly(noon - 86_400_000, "zh"));
});
