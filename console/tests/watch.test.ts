/** From an empty platform to a recognised face by the first steps; then watching, explaining, and a wall that is revoked. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { choose, follow, launch, Watched } from "./world/browser";
import { Cut } from "./world/cut";
import { fillLogin, PASSWORD, type Session } from "./world/login";
import { wait } from "./world/processes";
import { webcamOf } from "./world/webcam";
import { MENSHEN, PHOTOS, World } from "./world/world";

/** Longer than the interval in which one person in front of one camera makes one event. */
const INTERVAL = 6_500;

let world: World;
let browser: Browser;
let line: Cut;
let context: BrowserContext;
let session: Session;

before(async () => {
  world = await World.start({ empty: true });
  line = await Cut.to(process.env.PAGES_URL ?? world.platform.address);
  browser = await launch(await webcamOf(join(PHOTOS, "obama.jpg"), world.folder));
});

after(async () => {
  await browser?.close();
  line?.close();
  await world?.stop();
});

/** A page as the administrator. */
async function opened(path: string): Promise<Page> {
  context = await browser.newContext({ locale: "en", storageState: session });
  const watched = await Watched.of(context, line.address);
  await watched.page.goto(line.address + path);
  return watched.page;
}

/** What came of a step of the guided start, seen on the page. */
async function ticked(page: Page, step: string): Promise<void> {
  await page.locator(`[data-step="${step}"][data-done="true"]`).waitFor();
}

/** Events on a wall, by their ids. */
async function ids(wall: Locator): Promise<string[]> {
  return wall
    .locator("[data-event]")
    .evaluateAll((cards) => cards.map((card) => (card as HTMLElement).dataset.event ?? ""));
}

test("the first steps lead from an empty platform to a face that is let in", async () => {
  context = await browser.newContext({ locale: "en", permissions: ["camera"] });
  const watched = await Watched.of(context, line.address);
  const { page } = watched;
  await page.goto(line.address);
  await fillLogin(page, "admin", world.password);
  await page.waitForURL("**/start");

  await page.getByLabel("Present password").fill(world.password);
  await page.getByLabel("New password", { exact: true }).fill(PASSWORD);
  await page.getByLabel("New password again").fill(PASSWORD);
  await page.getByRole("button", { name: "Change password" }).click();
  await ticked(page, "password");
  session = await context.storageState();
  const token = session.cookies.find(({ name }) => name === "menshen_session")?.value;
  assert.ok(token);
  world.platform.token = token;

  await page.getByLabel("Name", { exact: true }).fill("Person One");
  await page.getByLabel("Id", { exact: true }).fill("1001");
  await page.getByRole("button", { name: "Next: the photo" }).click();
  const shoot = page.getByRole("button", { name: "Take the photo" });
  await shoot.waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Photo of Person One" }).waitFor();
  await shoot.click();
  await ticked(page, "person");

  await page.getByLabel("What the box is called").fill("Front door");
  await page.getByRole("button", { name: "Make the link" }).click();
  const command = (await page.locator(".start-command").textContent()) ?? "";
  const link = /menshen edge pair (\S+)/.exec(command)?.[1];
  assert.ok(link, command);
  await world.runBox();
  const config = join(world.folder, "edge.toml");
  // What configures a Menshen of this machine must not reach into the world.
  const env = { PATH: process.env.PATH };
  // Not over the line, which is cut later: only the browser is to notice.
  const direct = link.replace(line.address, world.platform.address);
  await promisify(execFile)(MENSHEN, ["edge", "pair", direct, "--config", config], { env });
  await ticked(page, "box");
  await ticked(page, "camera");
  const { items } = await world.platform.must("GET", "/api/v1/boxes");
  world.devSno = items[0].dev_sno;
  await wait("the box to prove the person", 60, async () => (await world.proved()) === 1);

  await world.walkPast("obama2.jpg");
  await ticked(page, "pass");
  await page.getByText("Person One was let in.").waitFor();
  await page.getByText("5 of 5 done").waitFor();
  assert.deepEqual(watched.complaints, []);
  await context.close();
});

test("the wall loses and doubles nothing over a line that is cut", async () => {
  const page = await opened("/watch");
  const wall = page.getByRole("list", { name: "Events" });
  await page.locator('[data-line="open"]').waitFor();
  await page.locator("[data-event]").first().waitFor();
  assert.equal((await ids(wall)).length, 1);

  line.cut();
  await page.locator('[data-line="lost"]').waitFor();
  const stranger = await world.walkPast("biden.jpg");
  await new Promise((resolve) => setTimeout(resolve, INTERVAL));
  const known = await world.walkPast("obama3.jpg");
  line.mend();
  await page.locator('[data-line="open"]').waitFor();
  for (const { id } of [stranger, known]) await page.locator(`[data-event="${id}"]`).waitFor();

  await page.getByRole("button", { name: "Pause" }).click();
  await new Promise((resolve) => setTimeout(resolve, INTERVAL));
  const paused = await world.walkPast("obama2.jpg");
  await page.getByText("Paused: 1 came meanwhile").waitFor();
  assert.equal(await page.locator(`[data-event="${paused.id}"]`).count(), 0);
  await page.getByRole("button", { name: "Go on" }).click();
  await page.locator(`[data-event="${paused.id}"]`).waitFor();

  const told = await world.platform.must("GET", "/api/v1/events?limit=50");
  const all = told.items.map(({ id }: { id: string }) => id);
  assert.deepEqual(await ids(wall), all, "each once, newest first");
  await context.close();
});

test("the page of an event says why the door stayed shut", async () => {
  await world.platform.must("POST", "/api/v1/groups", { id: "visitors", name: "Day visitors" });
  await world.platform.must("PUT", `/api/v1/boxes/${world.devSno}/groups`, { groups: ["0", "visitors"] });
  await world.addPerson("1002", "Person Two", "biden.jpg", ["visitors"], 2);
  await wait("the box to prove two people", 60, async () => (await world.proved()) === 2);
  await new Promise((resolve) => setTimeout(resolve, INTERVAL));
  const refused = await world.walkPast("biden.jpg");

  const page = await opened("/events?verdict=refused");
  await follow(
    page.getByRole("link", { name: "Event of Person Two" }).first(),
    page.getByText(/Person Two was not let in: .*“Day visitors” may not pass here/),
  );
  assert.equal(new URL(page.url()).pathname, `/events/${refused.id}`);
  await page.locator(".gates").getByText("decided", { exact: true }).waitFor();
  await page.getByText("Reported as it happened").waitFor();
  const pictures = page.locator(".event-pictures img");
  await wait("both pictures", 60, () =>
    pictures.evaluateAll(
      (all) => all.length === 2 && all.every((one) => (one as HTMLImageElement).naturalWidth > 0),
    ),
  );
  await context.close();
});

test("somebody on the blacklist is seen and heard, whatever the clock of the machine says", async () => {
  await world.platform.must("PATCH", "/api/v1/people/1002", { type: 3 });
  await wait("the box to hold the blacklist", 60, async () => {
    return (await world.box.must("GET", "/api/v1/people/1002")).type === 3;
  });
  await new Promise((resolve) => setTimeout(resolve, INTERVAL));
  context = await browser.newContext({ locale: "en", storageState: session });
  await context.addInitScript(() => {
    const { now } = Date;
    Date.now = () => now() + 600_000;
    const sounded = { count: 0 };
    Object.assign(window, { sounded });
    const { start } = OscillatorNode.prototype;
    OscillatorNode.prototype.start = function (this: OscillatorNode, ...when) {
      sounded.count += 1;
      start.apply(this, when);
    };
  });
  const watched = await Watched.of(context, line.address);
  const { page } = watched;
  await page.goto(`${line.address}/watch`);
  await page.getByLabel("Sound for blacklist").click();
  await page.locator('[data-line="open"]').waitFor();
  await page.locator("[data-event]").first().waitFor();
  assert.equal(await page.locator(".watch-flash").count(), 0);
  const alarming = await world.walkPast("biden.jpg");
  const card = page.locator(`[data-event="${alarming.id}"]`);
  await card.getByRole("alert").getByText("On the blacklist").waitFor();
  assert.match((await card.getAttribute("class")) ?? "", /watch-flash/);
  await page.waitForFunction(() => (window as unknown as { sounded: { count: number } }).sounded.count === 3);

  const types = page.getByRole("combobox", { name: "Type of person" });
  await choose(
    page,
    "Blacklist",
    () => types.click(),
    () => /[?&]type=/.test(page.url()),
  );
  await card.waitFor();
  const wall = page.getByRole("list", { name: "Events" });
  await wait("only the blacklist to be shown", 60, async () => (await ids(wall)).length === 1);
  assert.deepEqual(watched.complaints, []);
  await context.close();
});

test("a live wall shows what it may to whoever has the link, and goes dark when it is revoked", async () => {
  const page = await opened("/walls");
  await page.getByRole("button", { name: "New wall" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Reception");
  await page.getByLabel("Show photos").check();
  await page.getByRole("button", { name: "Make", exact: true }).click();
  const link = (await page.getByRole("dialog").locator("code").textContent())?.trim() ?? "";
  assert.match(link, /\/live#mw_\w+/);
  await page.getByRole("button", { name: "I have it" }).click();

  const outside = await browser.newContext({ locale: "en" });
  const watched = await Watched.of(outside, line.address);
  const screen = watched.page;
  await screen.goto(link);
  await screen.getByRole("heading", { name: "Reception" }).waitFor();
  await screen.locator('[data-line="open"]').waitFor();
  await screen.locator("[data-event] img").first().waitFor();
  assert.equal(await screen.getByText("Person One").count(), 0, "names were not asked for");
  await new Promise((resolve) => setTimeout(resolve, INTERVAL));
  const passed = await world.walkPast("obama2.jpg");
  await screen.locator(`[data-event="${passed.id}"]`).waitFor();
  const shown = await ids(screen.locator("main"));
  assert.equal(new Set(shown).size, shown.length);
  assert.equal((await outside.request.get(`${line.address}/api/v1/events`)).status(), 401);
  assert.deepEqual(await watched.barriers(), []);

  await page.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("tooltip").getByRole("button", { name: "Revoke" }).click();
  await screen.getByText("The link is unknown or was revoked.").waitFor();
  assert.equal(await screen.locator("[data-event]").count(), 0);
  await screen.reload();
  await screen.getByText("The link is unknown or was revoked.").waitFor();
  assert.deepEqual(watched.complaints, []);
  await outside.close();
  await context.close();
});
