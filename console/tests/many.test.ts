/** Names in a fleet of more boxes and cameras than are fetched at once; and what a box of another make does not say. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { choose, launch, Watched } from "./world/browser";
import { loggedIn, type Session } from "./world/login";
import { wait } from "./world/processes";
import { World } from "./world/world";

/** The last in the order of keys, beyond whatever is fetched at once. */
const LAST = { dev_sno: "ZZZZ0000020261129000000", name: "Last gate", site: "Harbour" };

let world: World;
let browser: Browser;
let session: Session;

/** Speaks for a box of another make, with the token of its login. */
async function foreign(dev_sno: string): Promise<(path: string, body: object) => Promise<unknown>> {
  const mac = `0xe0a5${dev_sno.slice(-8).replace(/\D/g, "0")}`;
  const { token } = await world.platform.must("GET", `/device/login?dev_sno=${dev_sno}&hex_mac=${mac}`);
  return (path, body) => world.platform.must("POST", `${path}?token=${token}&dev_sno=${dev_sno}`, body);
}

before(async () => {
  world = await World.start({ empty: true });
  const { platform } = world;
  const made = await platform.must("POST", "/api/v1/boxes/bulk", { count: 500, like: { name: "Gate" } });
  await platform.must("POST", "/api/v1/boxes", LAST);
  // More cameras than are fetched at once, all of boxes that come before the last.
  for (const { dev_sno } of made.items.slice(0, 3)) {
    const deviceList = Array.from({ length: 200 }, (_, at) => camera(dev_sno, at, `lane ${at}`));
    await (await foreign(dev_sno))("/device/cameras", { devSno: dev_sno, deviceList });
  }
  const tell = await foreign(LAST.dev_sno);
  const deviceList = [camera(LAST.dev_sno, 1, "quay")];
  await tell("/device/cameras", { devSno: LAST.dev_sno, deviceList });
  await tell("/device/realtime", {
    identity_id: "7",
    identity_name: "Person Seven",
    timestamp: Date.now(),
    score: 78,
    ext_data: {
      device_ip: "192.0.2.1",
      ep_id: `${LAST.dev_sno}__192.0.2.1`,
      person_type: 1,
      device_type: "0",
    },
  });
  await platform.must("POST", `/api/v1/boxes/${LAST.dev_sno}/commands`, {
    method: "wipe_data",
    events: true,
  });
  browser = await launch();
  session = await loggedIn(browser, platform.address, "admin", world.password);
});

after(async () => {
  await browser?.close();
  await world?.stop();
});

function camera(dev_sno: string, at: number, name: string): object {
  const epIp = `192.0.2.${at}`;
  return { epId: `${dev_sno}__${epIp}`, epName: name, epIp, epStatus: "online", epType: "0" };
}

async function on(path: string, look: (page: Page) => Promise<void>): Promise<void> {
  const origin = world.platform.address;
  const watched = await Watched.open(browser, { origin, locale: "en", storageState: session });
  await watched.page.goto(origin + path);
  await look(watched.page);
  assert.deepEqual(await watched.barriers(), []);
  assert.deepEqual(watched.complaints, []);
  await watched.page.context().close();
}

test("a box beyond the first five hundred has its name, and is found by typing a part of it", async () => {
  await on("/commands", async (page) => {
    await page.getByRole("row").getByRole("link", { name: LAST.name }).waitFor();
    const chooser = page.getByRole("combobox", { name: "Box" });
    await chooser.click();
    await page.getByText("The first 50. Type a part of the name to find others.").waitFor();
    await choose(
      page,
      `${LAST.name} · ${LAST.site}`,
      () => chooser.fill("last g"),
      () => page.url().includes(LAST.dev_sno),
    );
    await page.reload();
    await page.getByTitle(LAST.name).first().waitFor();
  });
});

test("a camera beyond the first five hundred has its name, and is found by that of its box", async () => {
  await on("/events", async (page) => {
    const row = page.getByRole("row", { name: /Person Seven/ });
    await row.getByText("quay", { exact: true }).waitFor();
    const chooser = page.getByRole("combobox", { name: "Camera" });
    await chooser.click();
    await page.getByText("The first 50. Type a part of the name to find others.").waitFor();
    await choose(
      page,
      `quay · ${LAST.name}`,
      () => chooser.fill("last gate"),
      () => page.url().includes("ep_id"),
    );
    await page.reload();
    await row.waitFor();
    await page.getByTitle(/^quay/).first().waitFor();
    // No box is chosen: the camera alone names what is looked for.
    assert.equal(new URL(page.url()).searchParams.get("dev_sno"), null);
  });
});

test("an event that says nothing of its door or its reasons is shown for what it is", async () => {
  const event = await wait("the event", 60, async () => {
    return (await world.platform.must("GET", "/api/v1/events")).items[0];
  });
  assert.equal(event.door, null);
  await on("/watch", async (page) => {
    await page
      .locator("[data-event]")
      .getByText(/Match score\s*78 %/)
      .waitFor();
  });
  await on(`/events/${event.id}`, async (page) => {
    await page.getByText("This box does not say how it decided").waitFor();
    await page.getByText(/^78 %/).waitFor();
    await page.getByText(/Names and doors are decided by the similarity/).waitFor();
  });
});
