/** The screens of the box in a real browser: a pad that recognises whom its webcam shows, and a wall that greets. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { launch, Watched } from "./world/browser";
import { shot } from "./world/shots";
import { inspect, LOOKS } from "./world/walk";
import { webcamOf } from "./world/webcam";
import { PHOTOS, World } from "./world/world";

const PHONE = { width: 390, height: 844 };
const TABLET = { width: 820, height: 1180 };
const WALL = { width: 1920, height: 1080 };

let world: World;
let browser: Browser;

before(async () => {
  world = await World.start({ edge: '[welcome]\nallow = ["127.0.0.1"]' });
  browser = await launch(await webcamOf(join(PHOTOS, "obama3.jpg"), world.folder));
  const gate = { name: "gate", kind: "pad", groups: ["0"], door: { kind: "log" }, duplicate_interval: 1 };
  await world.box.must("POST", "/api/v1/cameras", gate);
});

after(async () => {
  await browser?.close();
  await world?.stop();
});

function open(options: BrowserContextOptions): Promise<Watched> {
  const origin = world.consoleAddress;
  return Watched.open(browser, { origin, locale: "en", permissions: ["camera"], ...options });
}

async function code(): Promise<string> {
  return (await world.box.must("POST", "/api/v1/cameras/gate/pairing-code")).code;
}

async function type(page: Page, digits: string): Promise<void> {
  for (const digit of digits) await page.getByRole("button", { name: digit, exact: true }).click();
}

async function terminals(): Promise<{ id: string }[]> {
  return (await world.box.must("GET", "/api/v1/cameras/gate/terminals")).items;
}

test("a phone is paired once and lets in whom its camera sees", async () => {
  const watched = await open({ viewport: PHONE, colorScheme: "light" });
  const { page } = watched;
  await page.goto(`${world.consoleAddress}/pad`);
  await page.getByRole("heading", { name: "Pair this pad" }).waitFor();
  assert.deepEqual(await watched.barriers(), []);
  await type(page, "00000000");
  await page.getByText("This code is not good").waitFor();
  await shot(page, "pad-pairing-phone");
  await type(page, await code());

  const panel = page.getByRole("status");
  await panel.getByRole("heading", { name: "Welcome" }).waitFor({ timeout: 30_000 });
  await panel.getByText("Person One").waitFor();
  await panel.getByText("The door is open").waitFor();
  const photo = await page
    .locator(".photo")
    .evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth));
  assert.ok(photo > 0, "the registration photo is shown");
  await shot(page, "pad-welcome-phone");
  assert.deepEqual(await watched.barriers(), []);
  const { events } = { events: (await world.box.must("GET", "/api/v1/events?camera=gate")).items };
  assert.equal(events[0].identity_name, "Person One");
  assert.equal(events[0].door.result, "ok");

  await page.reload();
  await panel.getByText("Person One").waitFor({ timeout: 30_000 });
  assert.equal(await page.getByRole("heading", { name: "Pair this pad" }).count(), 0, "it was asked once");
  const all = await terminals();
  assert.equal(all.length, 1);
  await world.box.must("DELETE", `/api/v1/cameras/gate/terminals/${all[0]?.id}`);
  await page.getByText("This pad was taken back").waitFor();
  assert.deepEqual(watched.complaints, []);
  await page.context().close();
});

test("a tablet is paired by its link, and speaks Chinese", async () => {
  const watched = await open({ viewport: TABLET, colorScheme: "dark", locale: "zh-CN" });
  const { page } = watched;
  await page.goto(`${world.consoleAddress}/pad#code=${await code()}`);
  await page.getByRole("status").getByRole("heading", { name: "欢迎" }).waitFor({ timeout: 30_000 });
  assert.equal(new URL(page.url()).hash, "", "the code does not stay in the address");
  assert.equal(await page.locator("html").getAttribute("lang"), "zh-CN");
  await shot(page, "pad-welcome-tablet-chinese");
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("status").getByRole("heading", { name: "Welcome" }).waitFor({ timeout: 30_000 });
  const grows = await page.evaluate(() => document.getElementsByTagName("*").length);
  await page.waitForTimeout(3000);
  assert.equal(
    await page.evaluate(() => document.getElementsByTagName("*").length),
    grows,
    "nothing piles up",
  );

  // The group of the camera does not let this person pass any more: red, and no name.
  await world.box.must("PATCH", "/api/v1/cameras/gate", { groups: ["visitors"] });
  const refused = page.getByRole("status").getByRole("heading", { name: "You may not pass here" });
  await refused.waitFor({ timeout: 30_000 });
  assert.equal(await page.getByText("The door is open").count(), 0);
  assert.equal(await page.getByText("Person One").count(), 0);
  await shot(page, "pad-refused-tablet");
  await world.box.must("PATCH", "/api/v1/cameras/gate", { groups: ["0"] });
  assert.deepEqual(watched.complaints, []);
  await page.context().close();
});

for (const look of LOOKS) {
  test(`every screen before it is set up and in use, ${look.name}`, async () => {
    const watched = await open(look.browser);
    const { page } = watched;
    const names = ["Person One", "Person Seven", "Head office", "gate"];
    const shows = async (name: string, path: string, ready: Locator) => {
      // An address that differs behind its # only would not be loaded anew.
      await page.goto("about:blank");
      await page.goto(world.consoleAddress + path);
      await ready.waitFor({ timeout: 30_000 });
      await inspect(watched, look, name, names);
    };
    const heading = page.getByRole("heading", { level: 1 });
    await shows("screen-pad-unpaired", "/pad", heading);
    const panel = page.getByRole("status");
    await shows("screen-pad-in-use", `/pad#code=${await code()}`, panel.getByText("Person One"));
    for (const { id } of await terminals())
      await world.box.must("DELETE", `/api/v1/cameras/gate/terminals/${id}`);

    await shows("screen-welcome-without-link", "/welcome", heading);
    await world.box.must("PUT", "/api/v1/welcome", { title: "Head office", stay_s: 10 });
    const { id, path } = await link();
    await shows("screen-welcome-idle", path, page.getByRole("heading", { name: "Head office" }));
    await passes("77", "Person Seven", 2);
    await page.getByText(/Person Seven/).waitFor();
    await inspect(watched, look, "screen-welcome-in-use", names);
    await world.box.must("DELETE", `/api/v1/welcome/links/${id}`);
    assert.deepEqual(watched.complaints, []);
    await page.context().close();
  });
}

async function link(): Promise<{ id: string; path: string }> {
  return world.box.must("POST", "/api/v1/welcome/links", { name: "Lobby" });
}

/** Somebody passes another box. */
async function passes(id: string, name: string, type: number): Promise<void> {
  const photo = readFileSync(join(PHOTOS, "biden.jpg")).toString("base64");
  const event = {
    identity_id: id,
    identity_name: name,
    group_name: "default_group",
    timestamp: Date.now(),
    score: 0.8,
    reg_pic: photo,
    ext_data: { device_ip: "192.168.1.102", person_type: type, device_type: "0" },
  };
  const answer = await fetch(`${world.box.address}/updateWTVInfo`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(event),
  });
  assert.equal(answer.status, 200);
}

test("a wall greets who passes here and elsewhere, and nobody else can look", async () => {
  const watched = await open({ viewport: WALL, colorScheme: "light" });
  const { page } = watched;
  await page.goto(`${world.consoleAddress}/welcome`);
  await page.getByRole("heading", { name: "This screen has no link" }).waitFor();
  const { id, path } = await link();
  await world.box.must("PUT", "/api/v1/welcome", { title: "Head office", stay_s: 20 });
  await page.goto(world.consoleAddress + path);
  await page.getByRole("heading", { name: "Head office" }).waitFor();
  assert.equal(new URL(page.url()).hash, "", "the secret does not stay in the address");
  await shot(page, "welcome-idle-wall");
  assert.deepEqual(await watched.barriers(), []);

  await world.walkPast("obama.jpg");
  await page.getByRole("heading", { name: "Welcome, Person One" }).waitFor({ timeout: 20_000 });
  await passes("77", "Person Seven", 2);
  await page.getByRole("heading", { name: "Welcome, Person Seven" }).waitFor();
  const widths = await page
    .locator(".portrait img")
    .evaluateAll((all) =>
      Promise.all((all as HTMLImageElement[]).map((image) => image.decode().then(() => image.naturalWidth))),
    );
  assert.ok(widths.length === 2 && widths.every((width) => width > 0), `pictures: ${widths}`);
  await shot(page, "welcome-two-wall");
  assert.deepEqual(await watched.barriers(), []);

  // What is set is followed at once; the black list is asked to the reception, without a name.
  await world.box.must("PUT", "/api/v1/welcome", {
    types: ["blacklist", "vip"],
    words: { vip: "Good evening, {name}" },
  });
  await passes("78", "Person Eight", 3);
  await page.getByRole("heading", { name: "Please go to the reception" }).waitFor();
  assert.equal(await page.getByText("Person Eight").count(), 0);
  await passes("79", "Person Nine", 5);
  await page.getByRole("heading", { name: "Good evening, Person Nine" }).waitFor();
  await shot(page, "welcome-vip-wall");

  await world.box.must("DELETE", `/api/v1/welcome/links/${id}`);
  await page.getByRole("heading", { name: "This link is not good any more" }).waitFor();
  assert.equal(await page.getByText("Person Nine").count(), 0, "nothing stays to be seen");
  await page.goto(world.consoleAddress + path);
  await page.getByRole("heading", { name: "This link is not good any more" }).waitFor();
  assert.deepEqual(watched.complaints, []);
  await page.context().close();
});

test("a wall shows the house's logo, background and videos", async () => {
  const watched = await open({ viewport: TABLET, colorScheme: "dark", locale: "zh-CN" });
  const { page } = watched;
  const { path } = await link();
  await page.goto(world.consoleAddress + path);
  await page.locator("time").first().waitFor();
  const upload = (kind: string, file: Uint8Array) =>
    world.box.must(
      "POST",
      `/api/v1/welcome/media?kind=${kind}&name=${kind}`,
      file,
      "application/octet-stream",
    );
  await upload("logo", readFileSync(join(PHOTOS, "biden.jpg")));
  await upload("background", readFileSync(join(PHOTOS, "obama2.jpg")));
  for (const style of [".logo", ".background"]) {
    const image = page.locator(style);
    await image.waitFor();
    const width = await image.evaluate((image: HTMLImageElement) =>
      image.decode().then(() => image.naturalWidth),
    );
    assert.ok(width > 0, style);
  }
  await shot(page, "welcome-background-tablet-chinese");
  const film = join(world.folder, "film.webm");
  const source = ["-f", "lavfi", "-i", "testsrc=size=320x180:rate=10:duration=2"];
  execFileSync("ffmpeg", ["-v", "error", "-y", ...source, "-c:v", "libvpx", film]);
  const { id } = await upload("video", readFileSync(film));
  await page.waitForFunction(
    () => (document.querySelector("video.film") as HTMLVideoElement).currentTime > 0.3,
  );
  await shot(page, "welcome-film-tablet-chinese");
  await world.box.must("DELETE", `/api/v1/welcome/media/${id}`);
  await page.locator("video.film").waitFor({ state: "hidden" });
  assert.deepEqual(watched.complaints, []);
  await page.context().close();
});
