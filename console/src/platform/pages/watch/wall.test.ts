import assert from "node:assert/strict";
import { test } from "node:test";
import { before, come, empty, goOn, pause, ROOM, type Wall } from "./wall";

type Event = { id: string; arrived_at: number; name?: string };
const event = (number: number): Event => ({ id: String(number), arrived_at: number });
const ids = (wall: Wall<Event>) => wall.shown.map(({ id }) => id);

test("each event is shown once, newest first, and brought up to date in its place", () => {
  let wall = before(come(empty<Event>(), event(3)), [event(3), event(2), event(1)]);
  wall = come(wall, event(4));
  wall = come(wall, { ...event(2), name: "later" });
  assert.deepEqual(ids(wall), ["4", "3", "2", "1"]);
  assert.equal(wall.shown[2]?.name, "later");
});

test("a pause keeps the wall as it is, counts what comes, and gives it back", () => {
  let wall = pause(come(empty<Event>(), event(1)));
  for (const number of [2, 3, 3]) wall = come(wall, event(number));
  assert.deepEqual(ids(wall), ["1"]);
  assert.equal(wall.missed, 2);
  wall = goOn(pause(wall));
  assert.deepEqual(ids(wall), ["3", "2", "1"]);
  assert.equal(wall.missed, 0);
});

test("however many come, the wall holds no more than it has room for", () => {
  let wall = empty<Event>();
  for (let number = 0; number < 3 * ROOM; number += 1) wall = come(wall, event(number));
  wall = pause(wall);
  for (let number = 1000; number < 1000 + 3 * ROOM; number += 1) wall = come(wall, event(number));
  assert.equal(wall.aside?.length, ROOM);
  assert.equal(wall.missed, 3 * ROOM);
  assert.equal(goOn(wall).shown.length, ROOM);
});
