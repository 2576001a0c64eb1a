import assert from "node:assert/strict";
import { test } from "node:test";
import { barOf, common, passesAt } from "./passing";

const photo = { url: "/x", at: 1 };
const person = { groups: ["0", "night"], type: 1, photo, valid_from: null, valid_until: null };

test("people pass by the groups they share with a box", () => {
  assert.deepEqual(common(person, { groups: ["night", "lab"] }), ["night"]);
  assert.deepEqual(common(person, { groups: ["lab"] }), []);
});

test("a camera bound to a group lets only its members pass", () => {
  assert.equal(passesAt({ group_id: "0" }, ["night"], person), true);
  assert.equal(passesAt({ group_id: "lab" }, ["night"], person), false);
  assert.equal(passesAt({ group_id: null }, ["night"], person), true);
  assert.equal(passesAt({ group_id: "0" }, [], person), false, "who is not on the box passes nowhere on it");
});

test("what keeps somebody out everywhere is named", () => {
  assert.equal(barOf(person, 10), null);
  assert.equal(barOf({ ...person, type: 3 }, 10), "blacklist");
  assert.equal(barOf({ ...person, photo: null }, 10), "photo");
  assert.equal(barOf({ ...person, valid_until: 10 }, 10), "expired");
  assert.equal(barOf({ ...person, valid_from: 11 }, 10), "not_yet");
});
