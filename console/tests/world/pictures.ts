/** Makes the pictures of docs/pictures from a world of its own, with the people of the test photos: `npm run pictures`. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { passwordOf } from "./box";
import { launch } from "./browser";
import { boxSession, loggedIn } from "./login";
import { webcamOf } from "./webcam";
import { PHOTOS, ROOT, World } from "./world";

const FOLDER = join(ROOT, "docs/pictures");
const VIEW = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 780 };
const LOOK = { locale: "en", colorScheme: "light", reducedMotion: "reduce" } as const;

async function picture(page: Page, name: string): Promise<void> {
  await page.waitForTimeout(1500);
  await page.screenshot({ path: join(FOLDER, `${name}.jpg`), type: "jpeg", quality: 82 });
  console.log(`   docs/pictures/${name}.jpg`);
}

/** A page of `context`, opened at each place in turn and taken once its heading is there. */
async function take(context: BrowserContext, address: string, places: Record<string, string>): Promise<void> {
  const page = await context.newPage();
  for (const [name, path] of Object.entries(places)) {
    await page.goto(address + path);
    await page.getByRole("main").getByRole("heading", { level: 1 }).first().waitFor();
    await picture(page, name);
  }
  await page.close();
}

async function platform(world: World, browser: Browser): Promise<void> {
  const { address } = world.platform;
  const storageState = await loggedIn(browser, address, "admin", world.password);
  const context = await browser.newContext({ ...LOOK, viewport: VIEW, storageState });
  const events = (await world.platform.must("GET", "/api/v1/events?limit=10")).items as {
    id: string;
    identity_id: string;
  }[];
  const refused = events.find((event) => event.identity_id === "1002") ?? events[0];
  await take(context, address, {
    overview: "/",
    person: "/people/1001",
    event: `/events/${refused?.id}`,
  });
  const chinese = await browser.newContext({ ...LOOK, locale: "zh-CN", viewport: VIEW, storageState });
  await take(chinese, address, { "watch-zh": "/watch" });
}

async function box(world: World, browser: Browser): Promise<void> {
  const address = world.consoleAddress;
  const madeUp = passwordOf(world.processes);
  if (!madeUp) throw new Error("the box has told no password");
  const storageState = await boxSession(browser, address, madeUp);
  const context = await browser.newContext({ ...LOOK, viewport: VIEW, storageState });
  const events = (await world.box.must("GET", "/api/v1/events")).items as {
    seq: number;
    identity_id: string;
  }[];
  const refused = events.find((event) => event.identity_id === "1002") ?? events[0];
  await take(context, address, { "box-status": "/", "box-event": `/history/${refused?.seq}` });
}

/** A phone as a pad, before the webcam that shows a photo. */
async function pad(world: World, browser: Browser): Promise<void> {
  await world.box.must("POST", "/api/v1/cameras", { name: "gate", kind: "pad", door: { kind: "log" } });
  const { code } = await world.box.must("POST", "/api/v1/cameras/gate/pairing-code");
  const options = { ...LOOK, viewport: PHONE, deviceScaleFactor: 2, permissions: ["camera"] };
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(`${world.consoleAddress}/pad#code=${code}`);
  await page.getByRole("status").getByText("Person One").waitFor({ timeout: 30_000 });
  await picture(page, "pad");
}

mkdirSync(FOLDER, { recursive: true });
const world = await World.start();
const browser = await launch(await webcamOf(join(PHOTOS, "obama3.jpg"), world.folder));
try {
  for (const photo of ["obama3.jpg", "biden.jpg", "obama.jpg"]) {
    // Longer than the interval in which one person at one camera makes one event.
    await new Promise((resolve) => setTimeout(resolve, 6500));
    await world.walkPast(photo);
  }
  await platform(world, browser);
  await box(world, browser);
  await pad(world, browser);
} finally {
  await browser.close();
  await world.stop();
}
