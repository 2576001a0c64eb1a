import assert from "node:assert/strict";
import { test } from "node:test";
import { checksOf, readVerdict } from "./verdict";

test("each measurement says whether it passed and what to do", () => {
  const checks = checksOf({
    fails: ["brightness", "partial"],
    info: {
      brightness: 0.04,
      face_size: 200,
      headpose: { pitch_angle: -10, yaw_angle: 5, roll_angle: 1 },
      partial: true,
    },
  });
  assert.deepEqual(checks, [
    { name: "face_size", value: 200, passed: true, advice: "closer" },
    { name: "headpose", value: 16, passed: true, advice: "straight" },
    { name: "brightness", value: 0.04, passed: false, advice: "brighter" },
    { name: "partial", value: true, passed: false, advice: "whole" },
  ]);
});

test("only what has a status code is a verdict", () => {
  assert.equal(readVerdict(null), null);
  assert.equal(readVerdict({ field: "body" }), null);
  assert.equal(readVerdict({ code: 40004, judged: true })?.code, 40004);
});
