import assert from "node:assert/strict";
import { test } from "node:test";
import { csvOf, linesOf } from "./list";

test("a pasted list becomes boxes, whatever parts its columns", () => {
  assert.deepEqual(linesOf("Front door, Hall\n\nGate;Yard;KEY1\r\n侧门，二楼\n ,Hall\nBack\t"), [
    { name: "Front door", site: "Hall" },
    { name: "Gate", site: "Yard", dev_sno: "KEY1" },
    { name: "侧门", site: "二楼" },
    { name: "Back", site: "" },
  ]);
});

test("the list for installers is no formula and keeps its columns", () => {
  const text = csvOf([{ dev_sno: "K1", name: "=1+1", site: 'a "b", c', login_url: "http://x/device/login" }]);
  assert.equal(text, `dev_sno,name,site,login_url\r\nK1,'=1+1,"a ""b"", c",http://x/device/login\r\n`);
});
