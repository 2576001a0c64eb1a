/** What the box's own pages do, on a box that works alone: from its first password to a door that opens. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { LoneBox } from "./world/box";
import { choose, launch, noticed, Watched } from "./world/browser";
import { PASSWORD } from "./world/login";
import { wait } from "./world/processes";
import { shot } from "./world/shots";
import { webcamOf } from "./world/webcam";
import { PHOTOS } from "./world/world";
import { zipOf } from "./world/zip";

let box: LoneBox;
let browser: Browser;
let watched: Watched;
let page: Page;

const address = () => process.env.PAGES_URL ?? box.address;

before(async () => {
  box = await LoneBox.start();
  browser = await launch(await webcamOf(join(PHOTOS, "obama3.jpg"), box.folder));
  watched = await Watched.open(browser, {
    origin: address(),
    locale: "en",
    permissions: ["camera"],
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
  // The button moves up when the complaint has gone.
  await page.getByText("The two are not the same").waitFor({ state: "hidden" });
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
  await page.getByRole("link", { name: "Person One" }).waitFor();
  assert.equal((await box.api.must("GET", "/api/v1/people/1001")).recognisable, true);

  await open("/history", "History");
  box.walkPast("obama2.jpg");
  const row = page.getByRole("row").filter({ hasText: "Person One" });
  await row.getByText("Let in").waitFor();
  await row.getByText("opened").waitFor();
  box.walkPast("biden.jpg");
  await page.getByRole("row").filter({ hasText: "Nobody known" }).first().waitFor();
  await shot(page, "box-history");
  assert.deepEqual(await watched.barriers(), []);
});

test("the history is narrowed to a verdict, a part of a name, a library, a range", async () => {
  const rows = () => page.getByRole("main").locator("tbody tr[data-row-key]");
  const shows = async (count: number) => {
    await page.waitForFunction(
      (count) => document.querySelectorAll("main tbody tr[data-row-key]").length === count,
      count,
    );
  };
  const all = (await box.api.must("GET", "/api/v1/events")).items as { verdict: string; taken_at: number }[];
  await open("/history", "History");
  await shows(all.length);
  await page.getByText("New events appear by themselves").waitFor();
  const verdict = page.getByLabel("Verdict", { exact: true });
  await choose(
    page,
    "Stranger",
    () => verdict.click(),
    () => page.url().includes("verdict=stranger"),
  );
  await shows(all.filter(({ verdict }) => verdict === "stranger").length);
  await page.goto(`${address()}/history?library=default_group`);
  await shows(1);
  // The field is made anew with each search: it is typed into again when the rows tell that it has been.
  await page.getByLabel("Name or id").fill("nobody");
  await page.getByLabel("Name or id").press("Enter");
  await page.getByText("No event fits").waitFor();
  await page.getByLabel("Name or id").fill("SON ON");
  await page.getByLabel("Name or id").press("Enter");
  await page.waitForURL(/who=SON/);
  await shows(1);
  await rows().getByText("Person One").waitFor();

  // The newest was taken at the end of this range, which does not belong to it.
  const newest = all[0]?.taken_at ?? 0;
  await page.goto(`${address()}/history?from=${newest - 3_600_000}&to=${newest}`);
  await shows(all.length - 1);
  await page.getByText("Last 1 h").click();
  await shows(all.length);
  assert.equal(new URL(page.url()).search, "?hours=1");
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
  await page.getByText("Is the picture good enough?").waitFor();
  await page.getByText("Person One (1001)", { exact: false }).first().waitFor();
  await shot(page, "box-try");
  assert.equal(await count(), before);
  assert.deepEqual(await watched.barriers(), []);
});

test("a change of the settings shows what it would lead to before it is saved", async () => {
  await open("/recognition", "Recognition");
  const thresholds = async () => (await box.api.must("GET", "/api/v1/recognition")).settings.door_rate;
  const before = await thresholds();
  const outcome = page.getByText("What this would lead to");
  const rate = page.getByLabel("Of strangers, the door may open for");
  await choose(
    page,
    "one in 10 000",
    () => rate.click(),
    () => outcome.isVisible(),
  );
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
  await page.getByText("Online").first().waitFor();

  await page.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("tooltip").getByRole("button", { name: "Remove" }).click();
  await page.getByRole("heading", { level: 1, name: "Cameras" }).waitFor();
  await page.getByRole("link", { name: "front" }).waitFor();
  const names = (await box.api.must("GET", "/api/v1/cameras")).items.map(
    (camera: { status: { name: string } }) => camera.status.name,
  );
  assert.deepEqual(names, ["front"]);
});

test("a door's headers are set, kept while something else changes, and taken away", async () => {
  await box.api.must("POST", "/api/v1/cameras", { name: "gate", kind: "pad" });
  const headers = async () =>
    (await box.api.must("GET", "/api/v1/cameras/gate")).settings.door?.headers as object | undefined;
  const save = async () => {
    await page.getByRole("button", { name: "Save" }).click();
    await noticed(page, "Saved; the camera starts anew");
  };
  await open("/cameras/gate", "gate");
  const url = page.getByLabel("Called with POST");
  const door = page.getByLabel("What is opened for those who may pass");
  await choose(
    page,
    "An HTTP call",
    () => door.click(),
    () => url.isVisible(),
  );
  await url.fill("http://127.0.0.1:9/open");
  await page.getByRole("button", { name: "Add a header" }).click();
  await page.getByLabel("Header", { exact: true }).fill("X-Key");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Please fill in: Value").waitFor();
  await page.getByLabel("Value", { exact: true }).fill("a secret");
  // The button moves up when the complaint has gone.
  await page.getByText("Please fill in: Value").waitFor({ state: "hidden" });
  await save();
  assert.deepEqual(await headers(), { "X-Key": "(set)" });
  await shot(page, "box-headers");
  assert.deepEqual(await watched.barriers(), []);

  await page.reload();
  await page.getByPlaceholder("set; empty: stays").waitFor();
  await page.getByLabel("Called with POST").fill("http://127.0.0.1:9/other");
  await save();
  assert.deepEqual(await headers(), { "X-Key": "(set)" });

  // Another server does not get it.
  await page.reload();
  await page.getByLabel("Called with POST").fill("http://127.0.0.2:9/open");
  await page.getByRole("button", { name: "Save" }).click();
  await page
    .getByRole("alert")
    .getByText(/no secret is kept for this address/)
    .waitFor();

  await page.reload();
  await page.getByRole("button", { name: "Remove header X-Key" }).click();
  await save();
  assert.equal(Object.keys((await headers()) ?? {}).length, 0);
  assert.equal((await box.api.call("DELETE", "/api/v1/cameras/gate")).status, 204);
});

test("a camera shows what it sees, with the name of who is in it and what came of it", async () => {
  await open("/cameras/front", "front");
  await page.getByText("New results appear by themselves").waitFor();
  box.walkPast("obama2.jpg");
  await page.getByText(/In the picture: Person One/).waitFor();
  const first = page.getByRole("list", { name: "Latest results" }).getByRole("listitem").first();
  await first.getByText("Person One").waitFor();
  await first.getByText("Let in").waitFor();
  await shot(page, "box-live");
  assert.deepEqual(await watched.barriers(), []);

  await box.api.must("POST", "/api/v1/cameras", { name: "silent", kind: "pad" });
  await open("/cameras", "Cameras");
  const preview = page.getByAltText("What front saw last");
  await preview.waitFor();
  // It is shown anew now and then.
  await wait("the preview's picture", 60, () =>
    preview.evaluate((image: HTMLImageElement) => image.naturalWidth),
  );
  await page.getByText(/^taken/).waitFor();
  await page.getByText("No picture yet").waitFor();
  await shot(page, "box-previews");
  assert.deepEqual(await watched.barriers(), []);
  assert.equal((await box.api.call("DELETE", "/api/v1/cameras/silent")).status, 204);
});

test("the network is searched for cameras", async () => {
  await open("/cameras?add=true", "Cameras");
  const drawer = page.getByRole("dialog");
  // Nobody lives there, whatever is in the network of this machine.
  await drawer.getByLabel("Only these addresses").fill("127.0.0.9");
  await drawer.getByRole("button", { name: "Search", exact: true }).click();
  await drawer.getByText(/No camera answered|camera answered|cameras answered/).waitFor();
  assert.deepEqual(await watched.barriers(), []);
});

test("a photo is taken with the computer's camera", async () => {
  await open("/people?add=true", "People");
  await page.getByRole("tab", { name: "With this computer's camera" }).click();
  await page.getByRole("button", { name: "Take the photo" }).click();
  await page.getByAltText("The chosen photo").waitFor();
  await page.getByLabel("Id", { exact: true }).fill("1002");
  await page.getByLabel("Name", { exact: true }).fill("Person Two");
  await page.getByLabel("Card number").fill("A-4711");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("link", { name: "Person Two" }).waitFor();
  await page.getByLabel("Name, id or card").fill("a-47");
  await page.getByLabel("Name, id or card").press("Enter");
  await page.getByRole("link", { name: "Person One" }).waitFor({ state: "hidden" });
  await page.getByRole("cell", { name: "A-4711" }).waitFor();
});

test("many are added from a list and an archive; what failed is taken away to be corrected", async () => {
  await open("/people?many=true", "People");
  const drawer = page.getByRole("dialog");
  const [list, archive] = [
    drawer.locator("input[type=file]").nth(0),
    drawer.locator("input[type=file]").nth(1),
  ];
  const rows = [
    "identity_id,name,groups,card",
    "2001,Person Three,0,77",
    "2002,Person Four,Nowhere,78",
    "2003,Person Five,,",
  ];
  await list.setInputFiles({
    name: "people.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(rows.join("\n")),
  });
  const photo = readFileSync(join(PHOTOS, "biden.jpg"));
  await archive.setInputFiles({
    name: "photos.zip",
    mimeType: "application/zip",
    buffer: zipOf({ "photos/2001.jpg": photo, "photos/2002.jpg": photo }),
  });
  await drawer.getByText("3 people in the list, 2 photos in the archive").waitFor();
  await drawer.getByRole("button", { name: "Add 3 people" }).click();
  await drawer.getByText("1 added, 2 failed, 0 left").waitFor();
  await drawer.getByText("there is no permission group Nowhere").waitFor();
  await drawer.getByText("the archive has no photo 2003").waitFor();
  await shot(page, "box-many");
  assert.deepEqual(await watched.barriers(), []);
  const [saved] = await Promise.all([
    page.waitForEvent("download"),
    drawer.getByRole("button", { name: "Download the lines that were not done" }).click(),
  ]);
  const again = readFileSync(await saved.path(), "utf8")
    .trim()
    .split(/\r?\n/);
  assert.equal(again[0]?.replace("\ufeff", ""), "identity_id,name,groups,card,reason");
  assert.equal(again[1], "2002,Person Four,Nowhere,78,there is no permission group Nowhere");
  assert.equal(again.length, 3);
});

test("those who are chosen are removed after their number was typed, each with what became of it", async () => {
  await open("/people", "People");
  await page.getByRole("row").filter({ hasText: "Person Two" }).getByRole("checkbox").check();
  await page.getByRole("row").filter({ hasText: "Person Three" }).getByRole("checkbox").check();
  await page.getByText("2 chosen").waitFor();
  // Somebody else was quicker with one of them.
  await box.api.must("DELETE", "/SophonFogSys/api/users", { identity_id: "2001" });
  await page.getByRole("button", { name: "Remove…" }).click();
  const dialog = page.getByRole("dialog", { name: "Remove 2 people" });
  const remove = dialog.getByRole("button", { name: "Remove", exact: true });
  assert.ok(await remove.isDisabled());
  await dialog.getByRole("textbox").fill("2");
  await remove.click();
  await page.getByText("1 removed, 1 failed, 0 left").waitFor();
  await page
    .getByRole("row")
    .filter({ hasText: "Person Three" })
    .getByText(/there is no person/)
    .waitFor();
  await shot(page, "box-removing");
  assert.deepEqual(await watched.barriers(), []);
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();
  await page.getByText("2 chosen").waitFor({ state: "hidden" });
  const left = (await box.api.must("GET", "/api/v1/people")).items as { identity_id: string }[];
  assert.deepEqual(
    left.map(({ identity_id }) => identity_id),
    ["1001"],
  );
});

test("who is sent what happens here is saved", async () => {
  await open("/uploads", "Event upload");
  const card = page.locator(".ant-card", { has: page.getByText("Each match at once") });
  await card.getByLabel("Addresses").fill("http://127.0.0.1:9/events");
  await card.getByLabel("Addresses").press("Enter");
  await card.getByLabel("Include the registration photo").uncheck();
  await card.getByRole("button", { name: "Save" }).click();
  await noticed(page, "Saved; it is in force at once");
  const { realtime } = await box.api.must("GET", "/api/v1/uploads");
  assert.deepEqual([realtime.urls, realtime.photo], [["http://127.0.0.1:9/events"], false]);
  await card.getByLabel("Addresses").fill("nonsense");
  await card.getByLabel("Addresses").press("Enter");
  await card.getByRole("button", { name: "Save" }).click();
  await card.getByRole("alert").waitFor();
});

test("other boxes are told an address they can reach", async () => {
  await open("/welcome-screen", "Welcome screen");
  const { addresses, certificate } = await box.api.must("GET", "/api/v1/system");
  const port = new URL(box.address).port;
  const origin = addresses.length > 0 ? `https://${addresses[0]}:${port}` : box.address;
  await page.getByText(`${origin}/updateWTVInfo`, { exact: true }).waitFor();
  assert.ok(certificate.own);
  await page.getByText("Other boxes do not believe the certificate").waitFor();
});

test("the box is given to a platform by hand, and works alone again", async () => {
  await open("/platform", "Work mode");
  await page.getByLabel("Pairing link").fill("http://127.0.0.1:9/pair/nothing");
  await page.getByRole("button", { name: "Pair", exact: true }).click();
  await page.getByRole("alert").first().waitFor();
  await page.getByLabel("Licence key").fill("TJGSDX000120190726103455");
  await page.getByLabel("Login URL").fill("http://127.0.0.1:9/device/login");
  await page.getByRole("button", { name: "Save and log in" }).click();
  await noticed(page, "Saved; the box logs in");
  const status = () => box.api.must("GET", "/api/v1/status");
  assert.equal((await status()).work_mode, "mq");
  await page
    .getByText(/127\.0\.0\.1:9/)
    .first()
    .waitFor();
  await shot(page, "box-mode");
  assert.deepEqual(await watched.barriers(), []);
  // Only the way in which it does not work has a button.
  const alone = page.locator(".ant-card").filter({ hasText: "Stand-alone" });
  await alone.getByRole("button", { name: "Work this way" }).click();
  await page.getByRole("tooltip").getByRole("button", { name: "Work this way" }).click();
  await noticed(page, "The work mode was changed");
  assert.equal((await status()).work_mode, "local");
});

test("the log is taken away as a file", async () => {
  await open("/system?tab=log", "System");
  const [log] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download the log" }).click(),
  ]);
  assert.match(log.suggestedFilename(), /\.(log|txt)$/);
  assert.match(readFileSync(await log.path(), "utf8"), /face judged/);
});

test("people are wiped when the word was typed, and events stay", async () => {
  await open("/system?tab=wipe", "System");
  const begin = page.getByRole("button", { name: "Wipe", exact: true });
  assert.ok(await begin.isDisabled());
  await page.getByLabel("People, with photos").check();
  await begin.click();
  const dialog = page.getByRole("dialog");
  const wipe = dialog.getByRole("button", { name: "Wipe", exact: true });
  await dialog.getByRole("textbox").fill("wipe");
  assert.ok(await wipe.isDisabled());
  await dialog.getByRole("textbox").fill("WIPE");
  await wipe.click();
  await noticed(page, "Wiped; the box starts anew");
  assert.equal((await box.api.must("GET", "/api/v1/people")).items.length, 0);
  assert.ok((await box.api.must("GET", "/api/v1/events")).items.length > 0);
});

test("whoever logs out sees nothing any more", async () => {
  await page.getByRole("button", { name: /Account: admin/ }).click();
  await page.getByText("Log out").click();
  await page.getByRole("heading", { name: "Log in to this box" }).waitFor();
  await page.goto(`${address()}/people`);
  await page.getByRole("heading", { name: "Log in to this box" }).waitFor();
  assert.deepEqual(watched.complaints, []);
});
