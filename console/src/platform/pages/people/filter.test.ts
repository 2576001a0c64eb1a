import assert from "node:assert/strict";
import { test } from "node:test";
import { filterOf, isRestricted, queryText } from "./filter";

test("what the API would refuse is passed over", () => {
  const filter = filterOf({ type: "9", photo: "maybe", validity: "often", enrolment: "x", other: "y" });
  assert.deepEqual(filter, {});
  assert.equal(isRestricted(filter), false);
});

test("a filter is read from an address and written behind one", () => {
  const filter = filterOf({ search: "王 & Co", type: "2", photo: "false", enrolment: "failed" });
  assert.deepEqual(filter, { search: "王 & Co", type: 2, photo: false, enrolment: "failed" });
  assert.equal(queryText(filter), "search=%E7%8E%8B+%26+Co&type=2&photo=false&enrolment=failed");
});

test("of no department is something else than of any", () => {
  assert.deepEqual(filterOf({ no_department: "true" }), { department: "" });
  assert.deepEqual(filterOf({ department: "Sales" }), { department: "Sales" });
});
