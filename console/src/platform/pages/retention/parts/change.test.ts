import assert from "node:assert/strict";
import { test } from "node:test";
import { changeOf } from "./change";

const rule = (name: string, event_days: number, photo_days: number) => ({
  class: name,
  event_days,
  photo_days,
  configured: { event_days: 365, photo_days: 90 },
});

test("only what differs is asked for, and what is as configured goes back to the configuration", () => {
  const rules = [rule("known", 365, 90), rule("stranger", 30, 7), rule("blacklist", 30, 7)];
  const asked = {
    known: { event_days: 365, photo_days: 90 },
    stranger: { event_days: 10, photo_days: 7 },
    blacklist: { event_days: 365, photo_days: 90 },
  };
  assert.deepEqual(changeOf(rules, asked), { stranger: asked.stranger, blacklist: null });
});
