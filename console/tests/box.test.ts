/** What the box's own pages do, on a box that works alone: from its first password to a door that opens. */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { LoneBox } from "./world/box";
import { launch, Watched } from "./world/browser";
import { PASSWORD } from "./world/login";
import { shot } from "./world/shots";
import { PHOTOS } from "./world/world";

let box: LoneBox;
let browser: Browser;
let watched: Watched;
let page: Page;

const address = () => process.env.PAGES_URL ?? box.address;

before(async () => {
  box = await LoneBox.start();
  browser = await launch();
  watched = await Watched.open(browser, {
    origin: address(),
    locale: "en",
    viewport: { width: 1440, height: 900 },
  });
  page = watched.page;
});

after(async () => {
  await browser?.close();
  await box?.stop();
});

async function open(path: string, heading: string | RegExp): Promise<void> {
  await page.goto(address() + path);
  await page.getByRole("heading", { level: 1, name: heading }).waitFor();
}

test("the password the box made up has to be changed at once", async () => {
  await open("/cameras", "Log in to this box");
  await page.getByLabel("Password", { exact: true }).fill("not this one");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("alert").getByText("the password is wrong").waitFor();
  await page.getByLabel("Password", { exact: true }).fill(box.password);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("heading", { name: "Choose a password of your own" }).waitFor();
  await shot(page, "box-first-password");

  await page.getByLabel("Password until now").fill(box.password);
  await page.getByLabel("New password", { exact: true }).fill(PASSWORD);
  await page.getByLabel("New password once more").fill(`${PASSWORD}?`);
  await page.getByRole("button", { name: "Change the password" }).click();
  await page.getByText("The two are not the same").waitFor();
  await page.getByLabel("New password once more").fill(PASSWORD);
  await page.getByRole("button", { name: "Change the password" }).click();
  // Back to what was asked for before the login.
  await page.getByRole("heading", { level: 1, name: "Cameras" }).waitFor();
  await page.getByRole("link", { name: "front" }).waitFor();
});

test("a person who is added by the page is let in, and one who is not is a stranger", async () => {
  await open("/people", "People");
  await page.getByRole("button", { name: "Add a person" }).click();
  await page.locator("input[type=file]").setInputFiles(join(PHOTOS, "obama.jpg"));
  await page.getByAltText("The chosen photo").waitFor();
  await page.getByLabel("Id", { exact: true }).fill("1001");
  await page.getByLabel("Name", { exact: true }).fill("Person One");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("link", { name: "Person One" }).waitFor({ timeout: 30_000 });
  assert.equal((await box.api.must("GET", "/api/v1/people/1001")).recognisable, true);

  await open("/history", "History");
  box.walkPast("obama2.jpg");
  const row = page.getByRole("row").filter({ hasText: "Person One" });
  await row.getByText("Let in").waitFor({ timeout: 30_000 });
  await row.getByText("opened").waitFor();
  box.walkPast("biden.jpg");
  await page.getByRole("row").filter({ hasText: "Nobody known" }).first().waitFor({ timeout: 30_000 });
  await shot(page, "box-history");
  assert.deepEqual(await watched.barriers(), []);
});

test("the history explains why the door did not open", async () => {
  const [event] = (await box.api.must("GET", "/api/v1/events?verdict=stranger")).items;
  await open(`/history/${event.seq}`, `Event ${event.seq}`);
  const main = page.getByRole("main");
  await main.getByText(/A stranger: the face resembles nobody enrolled/).waitFor();
  await main.getByText("Does the face resemble somebody enrolled?").waitFor();
  await main.getByText("decided", { exact: true }).waitFor();
  await main.getByText(/enrol them, or add a photo/).waitFor();
  await main.getByAltText("What the camera saw").waitFor();
  assert.deepEqual(await watched.barriers(), []);
});

test("a photo that is tried tells what each gate says, and makes no event", async () => {
  const count = async () => (await box.api.must("GET", "/api/v1/status")).events.newest as number;
  const before = await count();
  await open("/recognition", "Recognition");
  await page.locator("input[type=file]").setInputFiles(join(PHOTOS, "obama2.jpg"));
  await page.getByText("Is the picture good enough?").waitFor({ timeout: 30_000 });
  await page.getByText("Person One (1001)", { exact: false }).first().waitFor();
  await shot(page, "box-try");
  assert.equal(await count(), before);
  assert.deepEqual(await watched.barriers(), []);
});

test("a change of the settings shows what it would lead to before it is saved", async () => {
  await open("/recognition", "Recognition");
  const thresholds = async () => (await box.api.must("GET", "/api/v1/recognition")).settings.door_rate;
  const before = await thresholds();
  await page.getByLabel("Of strangers, the door may open for").click();
  await page.getByTitle("one in 10 000").click();
  await page.getByText("What this would lead to").waitFor();
  assert.equal(await thresholds(), before);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("In force now").waitFor();
  assert.equal(await thresholds(), 0.0001);
});

test("a door is tried, and says what came of it", async () => {
  await open("/doors", "Doors");
  await page.getByRole("button", { name: "Test: open now" }).click();
  await page.getByRole("tooltip").getByRole("button", { name: "Test: open now" }).click();
  await page.getByText(/The door answered after \d+ ms: done/).waitFor();
  const [door] = (await box.api.must("GET", "/api/v1/doors")).items;
  assert.match(door.last[0].reason, /test at the box's console/);
  assert.deepEqual(await watched.barriers(), []);
});

test("a camera is added, shows what it sees, and is removed", async () => {
  const folder = join(box.folder, "yard");
  mkdirSync(folder);
  await open("/cameras", "Cameras");
  await page.getByRole("button", { name: "Add a camera" }).click();
  await page.getByText("By hand").click();
  await page.getByRole("radio", { name: /Folder or video/ }).check();
  await page.getByLabel("Name", { exact: true }).fill("yard");
  await page.getByLabel("Folder or video file on the box").fill(join(folder, "nothing here"));
  await page.getByLabel("Folder or video file on the box").fill(folder);
  await page.getByRole("dialog").getByRole("button", { name: "Add a camera" }).click();
  await page.getByRole("heading", { level: 1, name: "yard" }).waitFor();
  await page.getByText("Online").first().waitFor({ timeout: 15_000 });

  await page.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("tooltip").getByRole("button", { name: "Remove" }).click();
  await page.getByRole("heading", { level: 1, name: "Cameras" }).waitFor();
  await page.getByRole("link", { name: "front" }).waitFor();
  const names = (await box.api.must("GET", "/api/v1/cameras")).items.map(
    (camera: { status: { name: string } }) => camera.status.name,
  );
  assert.deepEqual(names, ["front"]);
});

test("a camera shows what it sees, with the name of who is in it", async () => {
  await open("/cameras/front", "front");
  box.walkPast("obama2.jpg");
  await page.getByText(/In the picture: Person One/).waitFor({ timeout: 30_000 });
  await shot(page, "box-live");
  assert.deepEqual(await watched.barriers(), []);
});

test("whoever logs out sees nothing any more", async () => {
  await page.getByRole("button", { name: /Account: admin/ }).click();
  await page.getByText("Log out").click();
  await page.getByRole("heading", { name: "Log in to this box" }).waitFor();
  await page.goto(`${address()}/people`);
  await page.getByRole("heading", { name: "Log in to this box" }).waitFor();
  assert.deepEqual(watched.complaints, []);
});
