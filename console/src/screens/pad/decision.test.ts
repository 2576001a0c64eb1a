import assert from "node:assert/strict";
import { test } from "node:test";
import { type Decision, isAside, read, shown } from "./decision.ts";
import { words } from "./words.ts";

const en = words("en");

function decision(changes: Partial<Decision>): Decision {
  return {
    type: "decision",
    capture: 1,
    faces: 1,
    verdict: "let_in",
    name: "Tom",
    repeated: false,
    door: null,
    screen: { code: "welcome" },
    guidance: [],
    face: null,
    picture: null,
    ...changes,
  };
}

test("whoever is let in is named, and greeted by the way they walk", () => {
  const door = { driver: "log", action: "open", result: "ok" } as const;
  const welcome = shown(decision({ door, photo: "abc" }), "in", en);
  assert.deepEqual(
    [welcome?.tone, welcome?.title, welcome?.text, welcome?.door],
    ["ok", "Welcome", "Tom", "The door is open"],
  );
  assert.equal(welcome?.photo, "abc");
  assert.equal(shown(decision({}), "out", en)?.title, "Goodbye");
});

test("every refusal has its words in both languages, and no name", () => {
  for (const language of ["en", "zh"] as const) {
    for (const code of ["not_here", "not_valid", "ask", "unknown"]) {
      const refused = shown(decision({ verdict: "refused", screen: { code } }), "in", words(language));
      assert.equal(refused?.tone, "refused");
      assert.ok(refused?.title && refused.text && !refused.text.includes("Tom"), code);
    }
    for (const hint of [
      "several_faces",
      "too_far",
      "hold_still",
      "look_straight",
      "not_whole",
      "too_dark",
      "new",
    ]) {
      const again = decision({ verdict: "possible", screen: { code: "again" }, guidance: [{ code: hint }] });
      assert.ok(shown(again, "in", words(language))?.title, hint);
    }
  }
});

test("a door that did not open is not called open", () => {
  const door = { driver: "http", action: "open", result: "failed: no answer" } as const;
  const failed = shown(decision({ door, screen: { code: "door_failed" } }), "in", en);
  assert.deepEqual([failed?.tone, failed?.door], ["advice", en.doorFailed]);
});

test("without a face nothing is said of one", () => {
  assert.equal(shown(decision({ verdict: "no_face", screen: { code: "no_face" } }), "in", en), undefined);
});

test("a face at the edge is asked to the middle", () => {
  assert.ok(isAside({ face: [0, 0, 100, 100], picture: [1000, 500] }));
  assert.ok(!isAside({ face: [400, 0, 600, 100], picture: [1000, 500] }));
  const aside = decision({ screen: { code: "again" }, face: [0, 0, 100, 100], picture: [1000, 500] });
  assert.equal(shown(aside, "in", en)?.title, en.hint_centre);
});

test("what cannot be read is nothing", () => {
  for (const text of ["", "null", "[]", "{}", '{"type": 1}', "no JSON"])
    assert.equal(read(text), undefined, text);
  assert.equal(read('{"type": "hello", "camera": "gate", "max_bytes": 1}')?.type, "hello");
});
