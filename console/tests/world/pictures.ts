/** Makes the pictures of docs/pictures from a world of its own, with the people of the test photos: `npm run pictures`. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { launch } from "./browser";
import { ROOT, World } from "./world";

const FOLDER = join(ROOT, "docs/pictures");
const VIEW = { width: 1280, height: 800 };

async function picture(page: Page, name: string): Promise<void> {
  await page.waitForTimeout(1500);
  await page.screenshot({ path: join(FOLDER, `${name}.jpg`), type: "jpeg", quality: 82 });
  console.log(`   docs/pictures/${name}.jpg`);
}

mkdirSync(FOLDER, { recursive: true });
const world = await World.start();
const browser = await launch();
try {
  for (const photo of ["obama3.jpg", "biden.jpg", "obama.jpg"]) {
    // Longer than the interval in which one person at one camera makes one event.
    await new Promise((resolve) => setTimeout(resolve, 6500));
    await world.walkPast(photo);
  }
  const { address } = world.platform;
  const context = await browser.newContext({
    locale: "en",
    viewport: VIEW,
    colorScheme: "light",
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  await page.goto(address);
  await page.getByLabel("User name").fill("admin");
  await page.getByLabel("Password", { exact: true }).fill(world.password);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/login"));
  const events = (await world.platform.must("GET", "/api/v1/events?limit=10")).items as {
    id: string;
    identity_id: string;
  }[];
  const refused = events.find((event) => event.identity_id === "1002") ?? events[0];
  const places = {
    overview: "/",
    person: "/people/1001",
    event: `/events/${refused?.id}`,
    groups: "/groups",
  };
  for (const [name, path] of Object.entries(places)) {
    await page.goto(address + path);
    await page.getByRole("main").getByRole("heading", { level: 1 }).first().waitFor();
    await picture(page, name);
  }
} finally {
  await browser.close();
  await world.stop();
}
