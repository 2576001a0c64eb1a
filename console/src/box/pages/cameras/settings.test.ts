import assert from "node:assert/strict";
import { test } from "node:test";
import type { Schema } from "../../api";
import { fieldsOf, type Header, newFields, toAdd, toChange } from "./settings";

const HALL = {
  name: "hall",
  kind: "rtsp",
  url: "rtsp://10.0.0.9/a",
  user: "box",
  password: "(set)",
  groups: ["0", "staff"],
  direction: "in",
  quality: "high",
  door: {
    kind: "http",
    url: "http://10.0.0.5/open",
    user: "box",
    password: "(set)",
    headers: { "X-Key": "(set)" },
  },
} as unknown as Schema<"CameraSettings">;

test("a new camera has the keys of its kind, and nothing that is empty", () => {
  const fields = { ...newFields("file"), name: " yard ", path: "/srv/yard", url: "rtsp://left/over" };
  assert.deepEqual(toAdd(fields), {
    name: "yard",
    kind: "file",
    path: "/srv/yard",
    direction: "in",
    groups: ["0"],
  });
});

test("a relay goes with its numbers, what is empty of it is left out", () => {
  const door = {
    ...newFields("pad").door,
    kind: "modbus-tcp" as const,
    address: "10.0.0.5:502",
    alarm_channel: null,
  };
  assert.deepEqual(toAdd({ ...newFields("pad"), name: "gate", door }).door, {
    kind: "modbus-tcp",
    address: "10.0.0.5:502",
    unit: 1,
    channel: 1,
    channels: 8,
    seconds: 5,
  });
});

test("what nobody touched is not sent back: neither passwords nor an address without its secrets", () => {
  const changes = toChange(fieldsOf(HALL), HALL);
  for (const key of ["password", "url", "door", "name", "kind"]) assert.ok(!(key in changes), key);
  assert.equal(changes.quality, "high");
});

test("what was emptied goes back to its default, a typed password is sent", () => {
  const changes = toChange({ ...fieldsOf(HALL), quality: null, password: "new one", groups: ["0"] }, HALL);
  assert.equal(changes.quality, null);
  assert.equal(changes.password, "new one");
  assert.deepEqual(changes.groups, ["0"]);
});

test("headers of a call are set, kept, typed anew and taken away", () => {
  const fields = fieldsOf(HALL);
  assert.deepEqual(fields.door.headers, [{ name: "X-Key", value: null, isSet: true }]);
  const changed = (headers: Header[]) =>
    (toChange({ ...fields, door: { ...fields.door, headers } }, HALL).door as { headers?: object }).headers;
  const kept = { name: "X-Key", value: "", isSet: true };
  const another = { name: " X-Site ", value: "north" };
  assert.deepEqual(changed([kept, another]), { "X-Key": "(set)", "X-Site": "north" });
  assert.deepEqual(changed([{ ...kept, value: "typed" }]), { "X-Key": "typed" });
  assert.equal(changed([]), undefined);
});

test("a door that changes keeps its secrets as they are shown, and can be taken away", () => {
  const fields = fieldsOf(HALL);
  const changed = (door: object) =>
    toChange({ ...fields, door: { ...fields.door, ...door } }, HALL).door as Record<string, unknown>;
  const porter = changed({ user: "porter" });
  assert.equal(porter.password, "(set)");
  assert.deepEqual(porter.headers, { "X-Key": "(set)" });
  assert.equal(changed({ user: "porter", password: "typed" }).password, "typed");
  assert.equal(changed({ kind: "none" }), null);
});
