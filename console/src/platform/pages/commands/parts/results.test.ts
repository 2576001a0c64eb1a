import assert from "node:assert/strict";
import { test } from "node:test";
import { facesOf, peopleOf } from "./results";

test("those who failed come first, whatever shape the rest of the answer has", () => {
  const people = peopleOf({
    success_users: [{ userid: "1", username: "One", code: 0, message: "added" }],
    failed_users: [{ userid: "2", username: "Two", code: "40004", msg: "no face" }, "nonsense"],
  });
  assert.deepEqual(people.slice(0, 1), [
    { id: "2", name: "Two", code: "40004", message: "no face", ok: false },
  ]);
  assert.deepEqual(
    people.map(({ ok }) => ok),
    [false, false, true],
  );
  assert.deepEqual(peopleOf(null), []);
  assert.deepEqual(peopleOf("text"), []);
});

test("faces of a quality check are read with what is missing left open", () => {
  const [face, other] = facesOf({
    data: [
      {
        fiqa_result: true,
        fails: [],
        success: ["clarity"],
        info: { face_size: 354, headpose: { pitch_angle: 9, roll_angle: 0, yaw_angle: -2 } },
      },
      { fails: ["face_size"] },
    ],
  });
  assert.equal(face?.passed, true);
  assert.deepEqual(face?.pose, { pitch: 9, roll: 0, yaw: -2 });
  assert.equal(face?.clarity, null);
  assert.deepEqual(other?.fails, ["face_size"]);
  assert.equal(other?.passed, false);
});
