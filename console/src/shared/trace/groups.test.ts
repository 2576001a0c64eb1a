import assert from "node:assert/strict";
import { test } from "node:test";
import { withGroupNames } from "./groups";

test("groups in a box's sentence are called by their names", () => {
  const nameOf = (id: string) => ({ "0": "Everybody", v: "Visitors" })[id] ?? id;
  assert.equal(
    withGroupNames("permission group v, x may not pass here (here: 0)", nameOf),
    "permission group “Visitors”, “x” may not pass here (here: “Everybody”)",
  );
  assert.equal(
    withGroupNames("permission group 0 may pass here", nameOf),
    "permission group “Everybody” may pass here",
  );
  assert.equal(
    withGroupNames("permission group none may not pass here (here: none)", nameOf),
    "permission group none may not pass here (here: none)",
  );
  assert.equal(withGroupNames("on the black list", nameOf), "on the black list");
});
