import assert from "node:assert/strict";
import { test } from "node:test";
import type { Greeting } from "./box.ts";
import { EventReader } from "./events.ts";
import { Guests } from "./guests.ts";
import { greet, sentence, spoken, words } from "./words.ts";

const RULES = { stay: 1000, room: 2, vipLarge: true };

function greeting(id: number, who: string, kind: Greeting["kind"] = "employee"): Greeting {
  return { id, at: 0, kind, who, name: who, picture: false };
}

test("events are whole before they are read, however they arrive", () => {
  const reader = new EventReader();
  assert.deepEqual(reader.read("event: greeting\nid: 7\nda"), []);
  assert.deepEqual(reader.read('ta: {"a": 1}\n'), []);
  const told = reader.read("\n: a comment\n\nevent: beat\r\ndata: 5\r\n\r\nevent: se");
  assert.deepEqual(told, [
    { name: "greeting", data: '{"a": 1}', id: "7" },
    { name: "beat", data: "5", id: "" },
  ]);
  assert.throws(() => new EventReader().read("x".repeat(2_000_000)));
});

test("nobody is greeted twice, nobody stays for ever, and there is room for so many", () => {
  const guests = new Guests();
  assert.ok(guests.arrive(greeting(1, "a"), 0, RULES));
  assert.ok(!guests.arrive(greeting(2, "a"), 900, RULES));
  assert.ok(!guests.leave(1500) && guests.leave(1900));
  for (const who of ["a", "b", "c"]) guests.arrive(greeting(3, who), 2000, RULES);
  assert.deepEqual(
    guests.list().map((guest) => guest.who),
    ["c", "b"],
  );
});

test("a VIP has the screen, where the house wants it", () => {
  const guests = new Guests();
  guests.arrive(greeting(1, "a", "vip"), 0, RULES);
  guests.arrive(greeting(2, "b"), 0, RULES);
  assert.equal(guests.honoured(RULES)?.who, "a");
  assert.equal(guests.honoured({ ...RULES, vipLarge: false }), undefined);
});

test("names stand where the house wants them, and nothing is left where there is none", () => {
  assert.deepEqual(sentence("Good day, {name}!", "Tom"), { before: "Good day, ", name: "Tom", after: "!" });
  assert.equal(spoken(sentence("Good day, {name}!", null)), "Good day!");
  assert.equal(spoken(sentence("欢迎，{name}", null)), "欢迎");
  assert.equal(spoken(sentence("Hello", "Tom")), "Hello");
  assert.equal(spoken(greet("visitor", "Tom", { visitor: " " }, words("en"))), "Welcome, Tom");
  assert.equal(spoken(greet("vip", "小明", { vip: "你好 {name}" }, words("zh"))), "你好 小明");
});

test("the black list hears the screen's words, never the house's greeting", () => {
  const own = { blacklist: "Welcome, {name}" };
  assert.equal(spoken(greet("blacklist", null, own, words("en"))), words("en").blacklist);
});
