import assert from "node:assert/strict";
import { test } from "node:test";
import { clientName } from "./client";

test("clients are called by a short name", () => {
  const chrome =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36";
  assert.equal(clientName(chrome), "Chrome, Windows");
  assert.equal(clientName("curl/7.88.1"), "curl");
  assert.equal(clientName("node"), "node");
  assert.equal(clientName(""), null);
});
