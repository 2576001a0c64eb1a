import assert from "node:assert/strict";
import { test } from "node:test";
import { inWords } from "./found";
import { headline, sentences } from "./sentences";
import { readTrace, type Told } from "./trace";

/** Every sentence a gate or a door of a box says (crates/edge/src/decision/gates.rs). */
const FOUND = [
  "resembles an enrolled person (0.964, a name needs 0.385)",
  "resembles somebody who has just been deleted",
  "resembles one enrolled person, not enough for a name (0.300 of 0.385)",
  "resembles 3 enrolled people, not enough for a name (0.300 of 0.385)",
  "resembles nobody enrolled (-0.012 of 0.385)",
  "nobody is enrolled",
  "nobody to ask about",
  "on the black list",
  "kept as a known stranger, who may not pass",
  "a visitor",
  "a VIP",
  "an employee",
  "permission group 0 may pass here",
  "permission group none may not pass here (here: 0, visitors)",
  "permission group visitors may not pass here (here: 0)",
  "when the person may pass cannot be read: startTime: tomorrow",
  "not valid yet: from 2026-11-28T16:00:00Z",
  "not valid any more: until 2026-11-28T16:00:00Z",
  "valid until 2026-11-28T16:00:00Z",
  "valid without end",
  "the picture is too poor to compare: face_size, headpose",
  "recognised, but the picture is too poor to open: clarity",
  "the picture is good enough",
  "recognised (0.500), but another enrolled person is as similar",
  "recognised, not certain enough to open (0.400 of 0.419)",
  "recognised (0.797 of 0.419) and may pass here",
  "this camera has no door",
  "the doors are kept shut: mode closedoor",
  "the doors are left alone: mode avoid",
  "not asked",
  "accepted",
  "asked through the local API: test at the box's console",
  "this box's log",
  "no answer from 127.0.0.1:80 within 0.5 s",
  "failed: no answer within 3000 ms",
  "unknown: the box stopped before the door answered",
];

test("everything a gate says is said in Chinese", () => {
  for (const found of FOUND) assert.match(inWords(found, "zh"), /[\u4e00-\u9fff]/, found);
});

test("names of checks are said in words, also behind another reason", () => {
  assert.equal(
    inWords("resembles nobody enrolled (0.100 of 0.385); the picture is poor: face_size, clarity", "en"),
    "resembles nobody enrolled: similarity 0.100, a name needs 0.385; the picture is poor: face too small, blurred",
  );
});

test("what is not known stays as it was written", () => {
  assert.equal(inWords("something of a newer box", "zh"), "something of a newer box");
});

const told = (change: Partial<Told>): Told => ({
  verdict: "let_in",
  reason: "recognised (0.797 of 0.419) and may pass here",
  identity_id: "7",
  identity_name: "Seven",
  score: 0.9,
  door: { driver: "log", action: "open", result: "ok", reason: "", ms: 0 },
  trace: { candidates: [], steps: [] },
  names: {},
  ...change,
});

test("the headline says what the door did", () => {
  assert.equal(headline(told({}), "en"), "The door opened for Seven.");
  const failed = { driver: "http", action: "open", result: "failed: no answer", reason: "", ms: 9 };
  assert.equal(
    headline(told({ door: failed }), "en"),
    "Seven may pass, but the door did not open: no answer.",
  );
  const none = {
    driver: "none",
    action: "none",
    result: "not asked",
    reason: "this camera has no door",
    ms: 0,
  };
  assert.match(headline(told({ door: none }), "zh"), /没有关联门/);
  assert.match(
    headline(told({ verdict: "refused", reason: "on the black list" }), "en"),
    /was not let in: on/,
  );
});

test("a trace without measurements makes no sentences, and nonsense makes no trace", () => {
  assert.deepEqual(sentences(told({}), "en"), []);
  assert.equal(readTrace("?"), null);
  assert.deepEqual(readTrace({ steps: 3 }), { candidates: [], steps: [] });
});
