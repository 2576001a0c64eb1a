import assert from "node:assert/strict";
import { test } from "node:test";
import { entriesOf, infoOf } from "./info";

test("what was not edited keeps its kind, what was is a text", () => {
  const entries = entriesOf({ card: "0012", floor: 3, plates: ["A", "B"] });
  assert.deepEqual(
    entries.map(({ text }) => text),
    ["0012", "3", '["A","B"]'],
  );
  assert.deepEqual(infoOf(entries), { card: "0012", floor: 3, plates: ["A", "B"] });
  const edited = entries.map((entry) => (entry.key === "floor" ? { ...entry, text: "4" } : entry));
  assert.deepEqual(infoOf(edited), { card: "0012", floor: "4", plates: ["A", "B"] });
});

test("entries without a name are not kept", () => {
  assert.deepEqual(
    infoOf([
      { key: " ", text: "x" },
      { key: "a ", text: "" },
    ]),
    { a: "" },
  );
});
