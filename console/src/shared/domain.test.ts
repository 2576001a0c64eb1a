import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, mayDo, percent } from "./domain";
import { browserLanguage } from "./words";

test("roles contain each other, and an unknown one may nothing", () => {
  assert.ok(mayDo("admin", "viewer") && mayDo("operator", "operator"));
  assert.ok(!mayDo("viewer", "operator") && !mayDo("janitor", "viewer"));
});

test("numbers are told as people read them", () => {
  assert.equal(percent(0.876), "88 %");
  assert.equal(percent(null), "–");
  assert.deepEqual([bytes(999), bytes(1536), bytes(250 * 1024 * 1024)], ["999 B", "1.5 KB", "250 MB"]);
});

test("the browser's first language that there is wins", () => {
  assert.equal(browserLanguage(["fr-FR", "zh-TW", "en"]), "zh");
  assert.equal(browserLanguage(["de", "en-GB"]), "en");
  assert.equal(browserLanguage(["de"]), "en");
});
