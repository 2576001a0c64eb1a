/** Every page of the platform's console, in both languages, light and dark, wide and narrow, for every role. */
import assert from "node:assert/strict";
import { hostname } from "node:os";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { launch, Watched } from "./world/browser";
import { everyRole, fillLogin, PASSWORD, type Session } from "./world/login";
import { shot } from "./world/shots";
import { LOOKS, type Place as Shown, walk } from "./world/walk";
import { World } from "./world/world";

type Place = Shown & { needs?: "admin" };

let world: World;
let browser: Browser;
let places: Place[];
let sessions: Record<string, Session>;
/** What people and things are called here. */
const NAMES = [
  "admin",
  "operator",
  "viewer",
  "default",
  "front",
  "Attendance",
  hostname(),
  "Person One",
  "Person Two",
  "Front door",
  "Head office",
  "Visitors",
  "Sign in at the desk",
];

const address = () => process.env.PAGES_URL ?? world.platform.address;

before(async () => {
  world = await World.start();
  browser = await launch();
  const events = (await world.platform.must("GET", "/api/v1/events?limit=1")).items;
  const hook = await world.platform.must("POST", "/api/v1/webhooks", {
    url: "http://127.0.0.1:9/hook",
    description: "Attendance",
  });
  places = [
    { name: "overview", path: "/", shows: [/Front door|1 of 1|boxes/i, /Front door|设备/] },
    { name: "start", path: "/start", shows: [/person|box/i, /人员|设备/] },
    { name: "account", path: "/account", shows: [/password/i, /密码/] },
    { name: "watch", path: "/watch", shows: [/live|waiting|pause/i, /实时|等待|暂停/] },
    { name: "events", path: "/events", shows: [/Person One/, /Person One/] },
    { name: "event", path: `/events/${events[0].id}`, shows: [/Front door/, /Front door/] },
    { name: "people", path: "/people", shows: [/Person Two/, /Person Two/] },
    { name: "person", path: "/people/1001", shows: [/Person One/, /Person One/] },
    { name: "imports", path: "/people/imports", shows: [/import/i, /导入/] },
    { name: "erasures", path: "/people/erasures", shows: [/eras|delet/i, /删除|清除/] },
    { name: "groups", path: "/groups", shows: [/Visitors/, /Visitors/] },
    { name: "boxes", path: "/boxes", shows: [/Front door/, /Front door/] },
    { name: "box", path: `/boxes/${world.devSno}`, shows: [/Front door/, /Front door/] },
    { name: "commands", path: "/commands", shows: [/add_users_plus/, /add_users_plus/] },
    { name: "walls", path: "/walls", shows: [/wall/i, /看板/], needs: "admin" },
    { name: "webhooks", path: "/webhooks", shows: [/Attendance/, /Attendance/], needs: "admin" },
    { name: "webhook", path: `/webhooks/${hook.id}`, shows: [/Attendance/, /Attendance/], needs: "admin" },
    { name: "api-keys", path: "/api-keys", shows: [/key/i, /密钥/], needs: "admin" },
    { name: "operators", path: "/operators", shows: [/admin/, /admin/], needs: "admin" },
    {
      name: "audit",
      path: "/audit",
      shows: [/admin/, /admin/],
      needs: "admin",
    },
    { name: "retention", path: "/retention", shows: [/day/i, /天/] },
    { name: "system", path: "/system", shows: [/database/i, /数据库/] },
  ];
  sessions = await everyRole(browser, world, address());
});

after(async () => {
  await browser?.close();
  await world?.stop();
});

for (const look of LOOKS) {
  test(`every page, ${look.name}`, async (t) => {
    const options = { origin: address(), storageState: sessions.admin, ...look.browser };
    const watched = await Watched.open(browser, options);
    await walk(t, watched, look, places, { address: address(), names: NAMES });
    await watched.page.context().close();
  });
}

for (const role of ["viewer", "operator"]) {
  test(`the role ${role} is refused what is for administrators, and says so`, async () => {
    const watched = await Watched.open(browser, {
      origin: address(),
      locale: "en",
      storageState: sessions[role],
    });
    for (const place of places) {
      await watched.page.goto(address() + place.path);
      const refused = watched.page.getByText("Your role does not allow this page");
      if (place.needs === "admin") await refused.waitFor();
      else {
        await watched.page.getByRole("main").getByRole("heading", { level: 1 }).first().waitFor();
        assert.equal(await refused.count(), 0, place.name);
      }
    }
    assert.deepEqual(watched.complaints, []);
    await watched.page.context().close();
  });
}

test("whoever is not logged in comes back to where they wanted to go", async () => {
  const watched = await Watched.open(browser, { origin: address(), locale: "en" });
  const { page } = watched;
  await page.goto(`${address()}/people/1001`);
  await fillLogin(page, "viewer", "wrong");
  await page.getByRole("alert").getByText(/wrong/).waitFor();
  assert.deepEqual(await watched.barriers(), []);
  await shot(page, "login-light");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.waitForURL("**/people/1001");
  await page.getByText("Person One").first().waitFor();
  assert.deepEqual(watched.complaints, []);
});

test("an address without a page says so", async () => {
  const watched = await Watched.open(browser, {
    origin: address(),
    locale: "en",
    storageState: sessions.admin,
  });
  await watched.page.goto(`${address()}/nowhere/at/all`);
  await watched.page.getByText("There is no page at this address").waitFor();
  assert.deepEqual(watched.complaints, []);
});
