/** Every page of the platform's console, in both languages, light and dark, wide and narrow, for every role. */
import assert from "node:assert/strict";
import { hostname } from "node:os";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { launch, Watched } from "./world/browser";
import { everyRole, fillLogin, PASSWORD, type Session } from "./world/login";
import { wait } from "./world/processes";
import { inspect, LOOKS, type Look, type Place as Shown, walk } from "./world/walk";
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
  "Person Three",
  "Reception",
  "Payroll",
  "Front door",
  "Head office",
  "Visitors",
  "Sign in at the desk",
  // The column of a list in which failed rows say why.
  "reason",
];

const address = () => process.env.PAGES_URL ?? world.platform.address;

before(async () => {
  world = await World.start();
  browser = await launch();
  const { platform } = world;
  const first = async (path: string) => (await platform.must("GET", path)).items[0];
  const { id: event } = await first("/api/v1/events?limit=1");
  const hook = await platform.must("POST", "/api/v1/webhooks", {
    url: "http://127.0.0.1:9/hook",
    description: "Attendance",
  });
  await platform.must("POST", "/api/v1/walls", { name: "Reception" });
  await platform.must("POST", "/api/v1/api-keys", { name: "Payroll", role: "viewer" });
  await platform.must("POST", "/api/v1/people", { identity_id: "1009", name: "Person Gone" });
  await platform.must("DELETE", "/api/v1/people/1009");
  await platform.must("POST", "/api/v1/retention/runs");
  const list = Buffer.from("identity_id,name\n1003,Person Three\n1004,\n");
  const brought = await platform.must("POST", "/api/v1/people/imports", list, "text/csv");
  await wait("the import", 60, async () => {
    return (await platform.must("GET", `/api/v1/people/imports/${brought.id}`)).state === "done";
  });
  const { id: command } = await first("/api/v1/commands?method=add_users_plus&limit=1");
  const box = `/boxes/${world.devSno}`;
  const same = (text: RegExp): [RegExp, RegExp] => [text, text];
  const hookPage = `/webhooks/${hook.id}`;
  places = [
    { name: "overview", path: "/", shows: same(/Person Two/) },
    { name: "start", path: "/start", shows: [/^4 of 5 done$/, /^已完成 4 \/ 5$/] },
    { name: "account", path: "/account", shows: same(/127\.0\.0\.1/) },
    { name: "watch", path: "/watch", shows: same(/Person Two/) },
    { name: "events", path: "/events", shows: same(/Person One/) },
    { name: "event", path: `/events/${event}`, shows: same(/Front door/) },
    { name: "people", path: "/people", shows: same(/Person Two/) },
    { name: "person", path: "/people/1001", shows: same(/Person One/) },
    {
      name: "imports",
      path: "/people/imports",
      shows: [/^1 of 2 done, 1 failed$/, /^共 2 行，完成 1 行，失败 1 行$/],
    },
    { name: "import", path: `/people/imports/${brought.id}`, shows: same(/1004/) },
    { name: "erasures", path: "/people/erasures", shows: same(/^1009$/) },
    { name: "groups", path: "/groups", shows: same(/Visitors/) },
    { name: "groups-person", path: "/groups?view=person&person=1002", shows: same(/Front door/) },
    { name: "groups-box", path: `/groups?view=box&box=${world.devSno}`, shows: same(/Person One/) },
    { name: "boxes", path: "/boxes", shows: same(/Front door/) },
    { name: "box", path: box, shows: same(/Front door/) },
    { name: "box-people", path: `${box}?tab=people`, shows: [/^2 of 2 proved$/, /2.*2/] },
    { name: "box-cameras", path: `${box}?tab=cameras`, shows: same(/192\.168\.1\.101/) },
    { name: "box-load", path: `${box}?tab=load`, shows: [/ on average, .+ at most/, /^平均 .+，最高 /] },
    { name: "box-commands", path: `${box}?tab=commands`, shows: same(/add_users_plus/) },
    { name: "box-settings", path: `${box}?tab=settings`, shows: [/The key is occupied by/, /密钥/] },
    { name: "commands", path: "/commands", shows: same(/add_users_plus/) },
    { name: "command", path: `/commands?command=${command}`, shows: same(/add_users_plus/) },
    { name: "walls", path: "/walls", shows: same(/Reception/), needs: "admin" },
    { name: "webhooks", path: "/webhooks", shows: same(/Attendance/), needs: "admin" },
    { name: "webhook", path: hookPage, shows: same(/Attendance/), needs: "admin" },
    { name: "api-keys", path: "/api-keys", shows: same(/Payroll/), needs: "admin" },
    { name: "operators", path: "/operators", shows: same(/viewer/), needs: "admin" },
    { name: "audit", path: "/audit", shows: same(/admin/), needs: "admin" },
    { name: "retention", path: "/retention", shows: [/^complete$/, /^完成$/] },
    { name: "system", path: "/system", shows: [/^schema version \d+$/, /^数据库结构版本 \d+$/] },
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

const [LIGHT, , , CHINESE] = LOOKS as [Look, Look, Look, Look];

for (const [role, look, refusal] of [
  ["viewer", LIGHT, "Your role does not allow this page"],
  ["operator", CHINESE, "您的角色不能打开此页面"],
] as const) {
  test(`the role ${role} is refused what is for administrators, and says so, ${look.name}`, async () => {
    const options = { origin: address(), storageState: sessions[role], ...look.browser };
    const watched = await Watched.open(browser, options);
    // What is the same page but for what stands behind its path is for the same roles.
    for (const place of places.filter(({ path }) => !path.includes("?"))) {
      await watched.page.goto(address() + place.path);
      const refused = watched.page.getByText(refusal);
      if (place.needs === "admin") {
        await refused.waitFor();
        if (place.name === "walls") await inspect(watched, look, "refused", NAMES);
      } else {
        await watched.page.getByRole("main").getByRole("heading", { level: 1 }).first().waitFor();
        assert.equal(await refused.count(), 0, place.name);
      }
    }
    assert.deepEqual(watched.complaints, []);
    await watched.page.context().close();
  });
}

test("whoever is not logged in comes back to where they wanted to go", async () => {
  const watched = await Watched.open(browser, { origin: address(), ...LIGHT.browser });
  const { page } = watched;
  await page.goto(`${address()}/people/1001`);
  await fillLogin(page, "viewer", "wrong");
  await page.getByRole("alert").getByText(/wrong/).waitFor();
  assert.deepEqual(await watched.barriers(), []);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.waitForURL("**/people/1001");
  await page.getByText("Person One").first().waitFor();
  assert.deepEqual(watched.complaints, []);
});

test("the login, in every look", async () => {
  for (const look of LOOKS) {
    const watched = await Watched.open(browser, { origin: address(), ...look.browser });
    await watched.page.goto(`${address()}/login`);
    await watched.page.getByRole("heading", { level: 1 }).waitFor();
    await inspect(watched, look, "login", NAMES);
    assert.deepEqual(watched.complaints, []);
    await watched.page.context().close();
  }
});

test("the first page that everybody sees loads little", async () => {
  const watched = await Watched.open(browser, {
    origin: address(),
    storageState: sessions.admin,
    ...LIGHT.browser,
  });
  await watched.page.goto(address());
  await watched.page.locator("figure.chart svg").first().waitFor();
  await watched.page.waitForLoadState("networkidle");
  const loaded = await watched.page.evaluate(() =>
    [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
      .map((entry) => entry as PerformanceResourceTiming)
      // Data and pictures are what the page is about; how much there is of them is the world's affair.
      .filter(({ name }) => !new URL(name).pathname.startsWith("/api/"))
      .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
  );
  assert.ok(loaded > 100 * 1024, `${loaded} bytes cannot be all`);
  assert.ok(loaded <= 400 * 1024, `${(loaded / 1024).toFixed(0)} KB are more than 400`);
  await watched.page.context().close();
});

test("what cannot be asked for is not taken for none", async () => {
  const watched = await Watched.open(browser, {
    origin: address(),
    storageState: sessions.admin,
    ...LIGHT.browser,
  });
  const { page } = watched;
  const down = { status: 503, json: { error: { code: "unavailable", message: "not now" } } };
  await page.route(/api\/v1\/cameras/, (route) => route.fulfill(down));
  await page.goto(address());
  await page.getByText("Could not be looked at: cameras").waitFor();
  assert.equal(await page.getByText("Nothing needs attention").count(), 0);

  await page.goto(`${address()}/groups?group=visitors`);
  await page.getByText("1 person may pass at 1 box.").waitFor();
  await page.getByRole("region", { name: "Front door" }).waitFor();
  await page.getByRole("main").getByRole("alert").first().waitFor();
  assert.equal(await page.getByText("It has reported no camera yet.").count(), 0);
  await page.route(/api\/v1\/boxes/, (route) => route.fulfill(down));
  await page.reload();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByText("Which boxes serve it is not known yet").waitFor();
  await inspect(watched, LIGHT, "not-known", NAMES);
  assert.deepEqual(watched.complaints, []);
  await page.context().close();
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
