import assert from "node:assert/strict";
import { test } from "node:test";
import { observed } from "./observed";

test("what is known is said in the reader's language, what is not stays as it was said", () => {
  assert.equal(observed("schema version 9", "zh"), "数据库结构版本 9");
  assert.equal(observed("not connected: refused", "zh"), "未连接：refused");
  assert.equal(observed("schema version 9", "en"), "schema version 9");
  assert.equal(observed("32080 of 258019 MB free", "en"), "31.3 GB of 252 GB free");
  assert.equal(observed("something new", "zh"), "something new");
});
