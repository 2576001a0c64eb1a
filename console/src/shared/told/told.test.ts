import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../api";
import { refusalText } from "./refusal";
import { told } from "./told";

const zh = (text: string) => told(text, "zh");

test("a sentence is told in the reader's language, with what differs in its place", () => {
  assert.equal(zh('there is a person "1001" already'), "已有编号为“1001”的人员");
  assert.equal(told('there is a person "1001" already', "en"), 'there is a person "1001" already');
  assert.equal(
    zh("10.0.0.9:554 refuses the connection: nothing serves streams there"),
    "10.0.0.9:554 拒绝连接：那里没有视频流服务",
  );
});

test("of two sentences that fit the one that says more is told", () => {
  assert.equal(zh("at most 80 characters, in one line"), "最多 80 个字符，不能换行");
  assert.equal(
    zh("name: must be 1 to 64 characters without control characters"),
    "名称：必须为 1 至 64 个字符，不含控制字符",
  );
});

test("sentences within a sentence and sentences in a row are told too", () => {
  assert.equal(
    zh("cannot reach 127.0.0.1:9: Connection refused (os error 111)"),
    "无法连接 127.0.0.1:9：连接被拒绝",
  );
  assert.equal(
    zh(
      "photo 7.jpg: the face is too dark (0.03, 0.07 to 0.90 is good); the face is 40 pixels, more than 112 are needed (LOW_QUALITY_ERROR)",
    ),
    "照片 7.jpg：面部太暗（0.03，合适范围 0.07 至 0.90）；人脸为 40 像素，需要超过 112 像素",
  );
});

test("what is not known stays as it came", () => {
  assert.equal(zh("the moon is in the way"), "the moon is in the way");
  assert.equal(zh("camera: the moon is in the way"), "camera: the moon is in the way");
  assert.equal(zh("no answer in time; the moon is in the way"), "no answer in time; the moon is in the way");
});

test("what a box refuses is told by its reason, whatever its sentence says", () => {
  const refused = (reason: string, details: object, field: string | null = null) =>
    new ApiError(400, "40091", "reworded", null, null, null, { reason, field, details });
  const taken = refused("camera_exists", { name: "hall" });
  assert.equal(refusalText(taken, "zh"), "已有名为“hall”的摄像机");
  assert.equal(refusalText(taken, "en"), "there is a camera called hall already");
  const dark = { why: "the face is too dark (0.03, 0.07 to 0.90 is good)" };
  assert.equal(
    refusalText(refused("photo_too_poor", dark), "zh"),
    "照片质量不合格：面部太暗（0.03，合适范围 0.07 至 0.90）",
  );
  const long = refused("at_most_characters", { limit: 256 }, "info.name");
  assert.equal(refusalText(long, "zh"), "姓名：最多 256 个字符");
  assert.equal(refusalText(long, "en"), "Name: at most 256 characters");
  assert.equal(refusalText(refused("of_a_newer_box", {}), "en"), "reworded");
});

test("a refusal is told by its code where its sentence is not known", () => {
  const refused = (code: string, message: string, detail: unknown = null) =>
    refusalText(new ApiError(400, code, message, detail), "zh");
  assert.equal(refused("not_found", 'there is no box "7"', { what: "box", id: "7" }), "没有此设备：7");
  assert.equal(refused("invalid", "tags: are odd", { field: "tags", reason: "are odd" }), "标签：are odd");
  assert.equal(refused("forbidden", "needs more", { needed: "admin" }), "需要角色“管理员”");
  assert.equal(refused("internal", "something went wrong on our side"), "服务器内部错误，详情见服务器日志");
  assert.equal(refused("40006", "a blue face"), "图片质量不合格：a blue face");
  assert.equal(refused("brand_new", "a new reason"), "a new reason");
});
