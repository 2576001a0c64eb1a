/** Every page of the box's console in every look: while there is nothing on it yet, and on a box that works. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { LoneBox } from "./world/box";
import { launch, Watched } from "./world/browser";
import { greyPicture } from "./world/grey";
import { boxSession, type Session } from "./world/login";
import { LOOKS, type Look, type Place, walk } from "./world/walk";

/** What people and things are called here. */
const NAMES = [
  hostname(),
  "Person One",
  "Person Two",
  "Visitors",
  "Signed in at the desk",
  "Staff",
  "Lobby",
].concat("admin", "front", "gate", "yard");

let box: LoneBox;
let browser: Browser;
let session: Session;

const address = () => process.env.PAGES_URL ?? box.address;

before(async () => {
  box = await LoneBox.start();
  browser = await launch();
  session = await boxSession(browser, address(), box.password);
});

after(async () => {
  await browser?.close();
  await box?.stop();
});

async function everywhere(t: Parameters<typeof walk>[0], look: Look, places: Place[]): Promise<void> {
  const options = { origin: address(), storageState: session, ...look.browser };
  const watched = await Watched.open(browser, options);
  await walk(t, watched, look, places, { address: address(), names: NAMES });
  await watched.page.context().close();
}

const EMPTY: Place[] = [
  { name: "status", path: "/", shows: [/Nobody is enrolled/, /尚未登记人员/] },
  { name: "history", path: "/history", shows: [/No event fits/, /没有符合条件的事件/] },
  { name: "people", path: "/people", shows: [/Nobody yet/, /尚无人员/] },
  { name: "groups", path: "/groups", shows: [/0/, /0/] },
  { name: "libraries", path: "/libraries", shows: [/librar/i, /人脸库/] },
  { name: "welcome", path: "/welcome-screen", shows: [/link/i, /链接/] },
  { name: "uploads", path: "/uploads", shows: [/Nobody is sent|receiver/i, /接收方/] },
].map((place) => ({ ...place, name: `box-empty-${place.name}` }) as Place);

for (const look of LOOKS.filter(({ name }) => name === "phone" || name === "chinese")) {
  test(`every list while it is empty, ${look.name}`, (t) => everywhere(t, look, EMPTY));
}

let places: Place[];

test("a box with people, cameras, doors, receivers, screens and events", async () => {
  const fog = "/SophonFogSys/api";
  await box.api.must("POST", `${fog}/permissions`, {
    permission_name: "Visitors",
    description: "Signed in at the desk",
  });
  await box.api.must("POST", `${fog}/groups`, { group_name: "Staff", description: "" });
  await box.enrol("1001", "Person One", "obama.jpg", "0");
  await box.enrol("1002", "Person Two", "biden.jpg", "Visitors", 2);
  await box.api.must("POST", "/api/v1/cameras", { name: "gate", kind: "pad", door: { kind: "log" } });
  // Nothing serves streams there.
  await box.api.must("POST", "/api/v1/cameras", { name: "yard", kind: "rtsp", url: "rtsp://127.0.0.1:9/a" });
  await box.api.must("POST", `${fog}/EventServerUrl`, {
    event_server_url: ["http://127.0.0.1:9/events"],
    real_need_reg_pic: false,
    "content-type": "json",
  });
  await box.api.must("POST", "/api/v1/welcome/links", { name: "Lobby" });
  await box.event("obama2.jpg");
  const { seq } = await box.event("biden.jpg");
  places = [
    { name: "status", path: "/", shows: [/Camera yard does not deliver/, /摄像机 yard 无画面/] },
    { name: "history", path: "/history", shows: [/Person Two/, /Person Two/] },
    { name: "event", path: `/history/${seq}`, shows: [/may not pass here/, /不能在此通行/] },
    { name: "doors", path: "/doors", shows: [/gate/, /gate/] },
    { name: "people", path: "/people", shows: [/Person Two/, /Person Two/] },
    { name: "many", path: "/people?many=true", shows: [/Person Two/, /Person Two/] },
    { name: "person", path: "/people/1001", shows: [/Person One/, /Person One/] },
    { name: "groups", path: "/groups", shows: [/Visitors/, /Visitors/] },
    { name: "libraries", path: "/libraries", shows: [/Staff/, /Staff/] },
    { name: "cameras", path: "/cameras", shows: [/refuses the connection/, /拒绝连接/] },
    { name: "camera", path: "/cameras/front", shows: [/192\.168\.1\.101/, /192\.168\.1\.101/] },
    { name: "pad", path: "/cameras/gate", shows: [/pad/i, /平板/] },
    { name: "camera-offline", path: "/cameras/yard", shows: [/refuses the connection/, /拒绝连接/] },
    { name: "recognition", path: "/recognition", shows: [/In force now/, /当前/] },
    { name: "welcome", path: "/welcome-screen", shows: [/Lobby/, /Lobby/] },
    { name: "uploads", path: "/uploads", shows: [/127\.0\.0\.1:9/, /127\.0\.0\.1:9/] },
    { name: "mode", path: "/platform", shows: [/Stand-alone/, /单机/] },
    { name: "system", path: "/system", shows: [/GB/, /GB/] },
    { name: "password", path: "/system?tab=password", shows: [/New password/, /新密码/] },
    { name: "log", path: "/system?tab=log", shows: [/face judged/, /face judged/] },
    { name: "certificate", path: "/system?tab=certificate", shows: [/SHA-256 fingerprint/, /SHA-256 指纹/] },
    { name: "wipe", path: "/system?tab=wipe", shows: [/event/i, /事件/] },
  ].map((place) => ({ ...place, name: `box-${place.name}` }) as Place);
});

for (const look of LOOKS) test(`every page, ${look.name}`, (t) => everywhere(t, look, places));

test("what the box refuses is said in Chinese", async () => {
  const options = { origin: address(), storageState: session, locale: "zh-CN" };
  const watched = await Watched.open(browser, options);
  const { page } = watched;
  const said = page.getByRole("alert");

  const nobody = join(box.folder, "nobody.bmp");
  writeFileSync(nobody, greyPicture());
  await page.goto(`${address()}/people`);
  await page.getByRole("button", { name: "添加人员" }).click();
  await page.locator("input[type=file]").setInputFiles(nobody);
  await page.getByLabel("编号", { exact: true }).fill("1003");
  await page.getByLabel("姓名", { exact: true }).fill("Person Three");
  await page.getByRole("button", { name: "保存" }).click();
  await said.getByText("照片中没有人脸").waitFor();

  await page.goto(`${address()}/groups`);
  await page.getByRole("button", { name: "添加权限组" }).click();
  await page.getByLabel("名称").fill("Visitors");
  await page.getByRole("button", { name: "保存" }).click();
  await said.getByText("已有名为“Visitors”的权限组").waitFor();

  await page.goto(`${address()}/system?tab=password`);
  await page.getByLabel("当前密码").fill("not this one");
  await page.getByLabel("新密码", { exact: true }).fill("a quite different sentence");
  await page.getByLabel("再次输入新密码").fill("a quite different sentence");
  await page.getByRole("button", { name: "修改密码" }).click();
  await said.getByText("密码错误").waitFor();
  assert.deepEqual(watched.complaints, []);
  await page.context().close();
});
