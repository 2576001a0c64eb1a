/** The screens of the box in a real browser: a pad that recognises whom its webcam shows, and a wall that greets. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { passwordOf } from "./world/box";
import { launch, noticed, Watched } from "./world/browser";
import { Cut } from "./world/cut";
import { boxSession, type Session } from "./world/login";
import { wait } from "./world/processes";
import { shot } from "./world/shots";
import { inspect, LOOKS } from "./world/walk";
import { webcamOf } from "./world/webcam";
import { PHOTOS, World } from "./world/world";

const PHONE = { width: 390, height: 844 };
const TABLET = { width: 820, height: 1180 };
const WALL = { width: 1920, height: 1080 };

let world: World;
let browser: Browser;
/** Of the box's console. */
let session: Session;

before(async () => {
  world = await World.start({ edge: '[welcome]\nallow = ["127.0.0.1"]' });
  browser = await launch(await webcamOf(join(PHOTOS, "obama3.jpg"), world.folder));
  const gate = { name: "gate", kind: "pad", groups: ["0"], door: { kind: "log" }, duplicate_interval: 1 };
  await world.box.must("POST", "/api/v1/cameras", gate);
  session = await boxSession(browser, world.consoleAddress, passwordOf(world.processes) ?? "");
});

after(async () => {
  await browser?.close();
  await world?.stop();
});

function open(options: BrowserContextOptions & { origin?: string }): Promise<Watched> {
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
  await panel.getByRole("heading", { name: "Welcome" }).waitFor();
  await panel.getByText("Person One").waitFor();
  await panel.getByText("The door is open").waitFor();
  // It goes when the greeting is over, and comes with the next.
  await wait("the registration photo", 60, () =>
    page
      .locator(".photo")
      .evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth)),
  );
  await shot(page, "pad-welcome-phone");
  assert.deepEqual(await watched.barriers(), []);
  const { events } = { events: (await world.box.must("GET", "/api/v1/events?camera=gate")).items };
  assert.equal(events[0].identity_name, "Person One");
  assert.equal(events[0].door.result, "ok");

  await page.reload();
  await panel.getByText("Person One").waitFor();
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
  await page.getByRole("status").getByRole("heading", { name: "欢迎" }).waitFor();
  assert.equal(new URL(page.url()).hash, "", "the code does not stay in the address");
  assert.equal(await page.locator("html").getAttribute("lang"), "zh-CN");
  await shot(page, "pad-welcome-tablet-chinese");
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("status").getByRole("heading", { name: "Welcome" }).waitFor();
  const grows = await page.evaluate(() => document.getElementsByTagName("*").length);
  await page.waitForTimeout(3000);
  // Nothing piles up: what is shown changes meanwhile, and comes back to as much as it was.
  await page.waitForFunction((most) => document.getElementsByTagName("*").length <= most, grows);

  // The group of the camera does not let this person pass any more: red, and no name.
  await world.box.must("PATCH", "/api/v1/cameras/gate", { groups: ["visitors"] });
  const refused = page.getByRole("status").getByRole("heading", { name: "You may not pass here" });
  await refused.waitFor();
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
      await ready.waitFor();
      await inspect(watched, look, name, names);
    };
    const heading = page.getByRole("heading", { level: 1 });
    await shows("screen-pad-unpaired", "/pad", heading);
    const panel = page.getByRole("status");
    await shows("screen-pad-in-use", `/pad#code=${await code()}`, panel.getByText("Person One"));
    for (const { id } of await terminals())
      await world.box.must("DELETE", `/api/v1/cameras/gate/terminals/${id}`);

    await shows("screen-welcome-without-link", "/welcome", heading);
    await world.box.must("PUT", "/api/v1/welcome", { title: "Head office", stay_s: 30 });
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
  await world.box.must("PUT", "/api/v1/welcome", { title: "Head office", stay_s: 60 });
  await page.goto(world.consoleAddress + path);
  await page.getByRole("heading", { name: "Head office" }).waitFor();
  assert.equal(new URL(page.url()).hash, "", "the secret does not stay in the address");
  await shot(page, "welcome-idle-wall");
  assert.deepEqual(await watched.barriers(), []);

  // The platform may hear of it when the greeting is long over.
  const welcomed = page.getByRole("heading", { name: "Welcome, Person One" }).waitFor();
  await Promise.all([welcomed, world.walkPast("obama.jpg")]);
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

test("a visitor is greeted aloud and nobody else, after the delay, beside as many as there is room for", async () => {
  const watched = await open({ viewport: WALL, colorScheme: "light" });
  const { page } = watched;
  // A text, because a function that was built for the tests names helpers that no page has.
  await page.addInitScript({
    content: `window.said = [];
      const voices = { getVoices: () => [{ lang: "en-US", localService: true }], speak: ({ text }) => said.push(text) };
      Object.defineProperty(window, "speechSynthesis", { value: voices });
      window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };`,
  });
  const greets = (name: string) => page.getByRole("heading", { name }).waitFor();
  await world.box.must("PUT", "/api/v1/welcome", {
    types: ["employee", "visitor", "vip"],
    words: null,
    speech: true,
    vip_large: false,
    delay_ms: 1500,
    stay_s: 60,
    columns: 2,
  });
  const { id, path } = await link();
  await page.goto(world.consoleAddress + path);
  await page.locator("time").first().waitFor();
  const before = Date.now();
  await passes("90", "Person Ten", 1);
  await greets("Welcome, Person Ten");
  assert.ok(Date.now() - before >= 1500, "not before its time");
  await world.box.must("PUT", "/api/v1/welcome", { delay_ms: 0 });
  await passes("91", "Person Eleven", 2);
  await greets("Welcome, Person Eleven");
  await passes("91", "Person Eleven", 2);
  await passes("92", "Person Twelve", 5);
  await greets("A warm welcome, Person Twelve");
  for (const [id, name] of Object.entries({ 93: "A", 94: "B", 95: "C", 96: "D" })) await passes(id, name, 1);
  await greets("Welcome, D");
  // Each waits for its picture, so that the last may come before others.
  const shows = (count: number) =>
    wait(`${count} greetings`, 30, async () => (await page.getByRole("article").count()) === count);
  // Two columns of three.
  await shows(6);
  await world.box.must("PUT", "/api/v1/welcome", { columns: 1 });
  await passes("97", "E", 1);
  await greets("Welcome, E");
  await shows(3);
  assert.deepEqual(await page.evaluate("said"), ["Welcome, Person Eleven"]);
  await world.box.must("PUT", "/api/v1/welcome", {
    speech: null,
    delay_ms: null,
    stay_s: null,
    columns: null,
  });
  await world.box.must("DELETE", `/api/v1/welcome/links/${id}`);
  assert.deepEqual(watched.complaints, []);
  await page.context().close();
});

test("what is set and uploaded on the box's own page is shown by the screen at once", async () => {
  const watched = await open({ viewport: TABLET, colorScheme: "dark", locale: "zh-CN" });
  const { page } = watched;
  const { path } = await link();
  await page.goto(world.consoleAddress + path);
  await page.locator("time").first().waitFor();
  const console = (await open({ viewport: { width: 1440, height: 900 }, storageState: session })).page;
  await console.goto(`${world.consoleAddress}/welcome-screen`);

  const cameras = console.getByLabel("Only people of these cameras");
  for (let number = 1; number <= 11; number += 1) {
    await cameras.fill(`camera ${number}`);
    await cameras.press("Enter");
  }
  await cameras.press("Escape");
  await console.getByRole("button", { name: "Save" }).click();
  await console.getByText("At most 10 cameras").waitFor();
  // By its cross: right after typing, the field takes Backspace for one too many.
  await console.locator(".ant-select-selection-item-remove").last().click();
  await console.getByText("At most 10 cameras").waitFor({ state: "hidden" });
  await console.getByLabel("The house's name").fill("Head office, second floor");
  await console.getByRole("button", { name: "Save" }).click();
  await noticed(console, "Saved; every screen shows it at once");
  await page.getByRole("heading", { name: "Head office, second floor" }).waitFor();
  const { settings } = await world.box.must("GET", "/api/v1/welcome");
  assert.equal(settings.cameras.length, 10, `ten at most: ${settings.cameras}`);
  await world.box.must("PUT", "/api/v1/welcome", { cameras: [], title: "Head office" });

  const upload = async (place: number, file: string) => {
    await console.locator("input[type=file]").nth(place).setInputFiles(file);
    await noticed(console, `${basename(file)} was uploaded`);
  };
  await upload(0, join(PHOTOS, "biden.jpg"));
  await upload(1, join(PHOTOS, "obama2.jpg"));
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
  await upload(2, film);
  await page.waitForFunction(
    () => (document.querySelector("video.film") as HTMLVideoElement).currentTime > 0.3,
  );
  await shot(page, "welcome-film-tablet-chinese");
  await shot(console, "box-welcome-media");
  const row = console.getByRole("row").filter({ hasText: "film.webm" });
  await row.getByRole("button", { name: "Remove" }).click();
  await console.getByRole("tooltip").getByRole("button", { name: "Remove" }).click();
  await page.locator("video.film").waitFor({ state: "hidden" });
  assert.deepEqual(watched.complaints, []);
  await console.context().close();
  await page.context().close();
});

test("a pad and a wall whose line is cut say so, and go on when it is mended", async () => {
  const line = await Cut.to(world.consoleAddress);
  const ask = { origin: line.address, viewport: TABLET };
  const pad = (await open(ask)).page;
  const wall = (await open(ask)).page;
  await world.box.must("PUT", "/api/v1/welcome", { types: null, stay_s: 60 });
  const { id, path } = await link();
  await wall.goto(line.address + path);
  await wall.getByRole("heading", { name: "Head office" }).waitFor();
  await pad.goto(`${line.address}/pad#code=${await code()}`);
  await pad.getByRole("status").getByText("Person One").waitFor();
  line.cut();
  await pad.getByText("No connection to the box").waitFor();
  await pad.getByText(/Trying again · \d+ s/).waitFor();
  await wall.getByText(/No connection to the box since \d/).waitFor();
  line.mend();
  await wall.getByText(/No connection/).waitFor({ state: "hidden" });
  await passes("80", "Person Eighty", 2);
  await wall.getByRole("heading", { name: "Welcome, Person Eighty" }).waitFor();
  await pad.getByRole("status").getByText("Person One").waitFor();
  assert.equal(await pad.getByRole("heading", { name: "Pair this pad" }).count(), 0, "it is still paired");
  await world.box.must("DELETE", `/api/v1/welcome/links/${id}`);
  for (const page of [pad, wall]) await page.context().close();
  line.close();
});

for (const look of LOOKS.filter(({ name }) => name !== "dark")) {
  test(`a live wall tells of each event when it was, and since when it hears nothing, ${look.name}`, async () => {
    const [isChinese, line] = [look.name === "chinese", await Cut.to(world.platform.address)];
    const asked = { name: "Reception", show_names: true, show_photos: true };
    const { key } = await world.platform.must("POST", "/api/v1/walls", asked);
    const watched = await open({ ...look.browser, origin: line.address });
    const { page } = watched;
    // The first answer does not come: it is asked for again.
    let answers = 0;
    await page.route("**/api/v1/wall/events", (route) => {
      answers += 1;
      return answers === 1 ? route.abort() : route.continue();
    });
    await page.goto(`${line.address}/live#${key}`);
    const when = page.locator("[data-event] time").first();
    await when.waitFor();
    // It is of today: the clock says which time is meant.
    const clock = new Intl.DateTimeFormat(isChinese ? "zh" : "en", { timeStyle: "short" });
    const shown = (await when.textContent()) ?? "";
    assert.ok(shown.endsWith(clock.format(Date.parse((await when.getAttribute("datetime")) ?? ""))), shown);
    assert.match(shown, isChinese ? /前|现在/ : /ago|now/);
    await inspect(watched, look, "screen-live", [
      "Person One",
      "Person Two",
      "Reception",
      "Head office",
      "Front door",
    ]);
    line.cut();
    await page.getByText(isChinese ? /起连接中断/ : /^No connection since .*\d/).waitFor();
    line.mend();
    await page.locator('[data-line="open"]').waitFor();
    await page.context().close();
    line.close();
  });
}
