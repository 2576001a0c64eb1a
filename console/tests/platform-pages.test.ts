/** Every page of the platform's console, in both languages, light and dark, wide and narrow, for every role. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, BrowserContext } from "playwright-core";
import { launch, Watched } from "./world/browser";
import { shot } from "./world/shots";
import { World } from "./world/world";

type Place = {
  name: string;
  path: string;
  /** What is on it for sure, from the world's own data: [English, Chinese]. */
  shows: [RegExp, RegExp];
  needs?: "admin";
};

let world: World;
let browser: Browser;
let places: Place[];
const sessions: Record<string, Awaited<ReturnType<BrowserContext["storageState"]>>> = {};
const PASSWORD = "correct horse battery staple 8";

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
  for (const role of ["viewer", "operator"]) {
    await world.platform.must("POST", "/api/v1/operators", { username: role, password: PASSWORD, role });
  }
  await login("admin", world.password);
  for (const role of ["viewer", "operator"]) await login(role, PASSWORD);
});

after(async () => {
  await browser?.close();
  await world?.stop();
});

/** Logs in by the page and keeps the session of the role. */
async function login(username: string, password: string): Promise<void> {
  const context = await browser.newContext({ locale: "en" });
  const page = await context.newPage();
  await page.goto(`${address()}/events`);
  await page.getByLabel("User name").fill(username);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/login"));
  sessions[username] = await context.storageState();
  await context.close();
}

type Look = {
  name: string;
  locale: string;
  colorScheme?: "light" | "dark";
  viewport?: { width: number; height: number };
};
const LOOKS: Look[] = [
  { name: "light", locale: "en", colorScheme: "light", viewport: { width: 1440, height: 900 } },
  { name: "dark", locale: "en", colorScheme: "dark", viewport: { width: 1440, height: 900 } },
  { name: "phone", locale: "en", colorScheme: "light", viewport: { width: 390, height: 844 } },
  { name: "chinese", locale: "zh-CN", colorScheme: "light", viewport: { width: 1440, height: 900 } },
];

for (const { name: look, locale, ...rest } of LOOKS) {
  test(`every page, ${look}`, async (t) => {
    const options = { origin: address(), locale, storageState: sessions.admin, ...rest };
    const watched = await Watched.open(browser, options);
    const { page } = watched;
    for (const place of places) {
      await t.test(place.name, async () => {
        await page.goto(address() + place.path);
        const content = page.getByRole("main");
        await content.getByRole("heading", { level: 1 }).first().waitFor();
        const wanted = place.shows[locale.startsWith("zh") ? 1 : 0];
        await content.getByText(wanted).first().waitFor({ timeout: 15_000 });
        await page.waitForLoadState("load");
        const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(sideways <= 0, `the page is ${sideways} px wider than the window`);
        if (look === "chinese") {
          const text = await content.textContent();
          assert.match(text ?? "", /[\u4e00-\u9fff]/, "nothing on it is Chinese");
        }
        await shot(page, `${place.name}-${look}`);
        assert.deepEqual(await watched.barriers(), []);
      });
    }
    assert.deepEqual(watched.complaints, []);
    await page.context().close();
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
  await page.getByLabel("User name").fill("viewer");
  await page.getByLabel("Password", { exact: true }).fill("wrong");
  await page.getByRole("button", { name: "Log in" }).click();
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
