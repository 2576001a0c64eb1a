/** People, their photos, groups, imports and erasures, by the pages, down to what the box proves. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { choose, launch, noticed, Watched } from "./world/browser";
import { greyPicture } from "./world/grey";
import { loggedIn, type Session } from "./world/login";
import { wait } from "./world/processes";
import { webcamOf } from "./world/webcam";
import { PHOTOS, World } from "./world/world";
import { zipOf } from "./world/zip";

let world: World;
let browser: Browser;
let session: Session;

/** PAGES_URL with PLATFORM_PORT: pages from their sources, in front of this test's own platform. */
const address = () => process.env.PAGES_URL ?? world.platform.address;
const photo = (name: string) => join(PHOTOS, name);

before(async () => {
  const port = Number(process.env.PLATFORM_PORT);
  world = await World.start(port ? { platformPort: port } : {});
  browser = await launch(await webcamOf(photo("obama.jpg"), world.folder));
  session = await loggedIn(browser, address(), "admin", world.password);
});

after(async () => {
  await browser?.close();
  await world?.stop();
});

/** Opens a page, does something with it, and looks that nothing went wrong. */
async function on(
  path: string,
  work: (page: Page, watched: Watched) => Promise<void>,
  locale = "en",
): Promise<void> {
  const watched = await Watched.open(browser, {
    origin: address(),
    locale,
    storageState: session,
    viewport: { width: 1440, height: 900 },
  });
  const { page } = watched;
  try {
    await page.goto(address() + path);
    await work(page, watched);
    assert.deepEqual(await watched.barriers(), []);
    assert.deepEqual(watched.complaints, []);
  } finally {
    await page.context().close();
  }
}

const inDrawer = (page: Page) => page.locator(".ant-drawer-open");

/** A grey picture, in which nobody is. */
function nobody(): string {
  const path = join(world.folder, "nobody.bmp");
  writeFileSync(path, greyPicture());
  return path;
}

test("somebody is added with a photo, proved by the box, and told from whom they resemble", async () => {
  await on("/people", async (page, watched) => {
    await page.getByRole("button", { name: "Add a person" }).click();
    const drawer = inDrawer(page);
    await drawer.locator("input[type=file]").setInputFiles(photo("obama3.jpg"));
    await drawer.getByText("Good enough to be recognised").waitFor();
    await drawer.getByText("Size of the face").waitFor();
    await drawer.getByLabel("Id", { exact: true }).fill("2001");
    await drawer.getByLabel("Name", { exact: true }).fill("Ada Added");
    await drawer.getByLabel("Department").fill("Research");
    assert.deepEqual(await watched.barriers(), []);
    await drawer.getByRole("button", { name: "Add", exact: true }).click();
    await page.waitForURL((url) => url.pathname === "/people/2001");
    await page.getByText("Proved on 1 of 1 boxes").waitFor();
    // The same man is there under another id.
    await page.getByText("Looks like somebody else").waitFor();
    await page.getByText(/So similar to Person One/).waitFor();
  });
});

test("a photo that cannot be used is refused in words, with what to do", async () => {
  await on("/people?add=true", async (page) => {
    const drawer = inDrawer(page);
    await drawer.locator("input[type=file]").setInputFiles(nobody());
    await drawer.getByText("No face was found in the picture").waitFor();
    await drawer.getByText(/shows one face from the front/).waitFor();
    await drawer.getByRole("button", { name: "Add without a photo" }).waitFor();
  });
  await on("/people/1001", async (page) => {
    await page.getByRole("button", { name: "Replace the photo" }).click();
    const drawer = inDrawer(page);
    await drawer.locator("input[type=file]").setInputFiles(photo("obama_partial_face.jpg"));
    await drawer.getByText("The whole face must be in the picture.").waitFor();
    await drawer.getByText("The photo in use").waitFor();
    assert.equal(await drawer.getByRole("button", { name: "Use this photo" }).isDisabled(), true);
  });
  assert.equal((await world.platform.must("GET", "/api/v1/people/1001")).revision, 2);
});

test("a better photo replaces the one in use", async () => {
  await on("/people/1001", async (page) => {
    await page.getByRole("button", { name: "Replace the photo" }).click();
    const drawer = inDrawer(page);
    await drawer.locator("input[type=file]").setInputFiles(photo("obama2.jpg"));
    await drawer.getByRole("button", { name: "Use this photo" }).click();
    await noticed(page, "The new photo is in use");
    await page.getByText("Proved on 1 of 1 boxes").waitFor();
  });
  assert.equal((await world.platform.must("GET", "/api/v1/people/1001")).revision, 3);
});

test("a photo is taken with the webcam", async () => {
  await on("/people?add=true", async (page) => {
    const drawer = inDrawer(page);
    await drawer.getByText("Camera", { exact: true }).click();
    await drawer.getByText(/Fit your face into the oval|look straight/).waitFor();
    await drawer.getByRole("button", { name: "Take the photo" }).click();
    await drawer.getByText("Good enough to be recognised").waitFor();
    await drawer.getByLabel("Id", { exact: true }).fill("2002");
    await drawer.getByLabel("Name", { exact: true }).fill("Cam Captured");
    await drawer.getByRole("button", { name: "Add", exact: true }).click();
    await page.waitForURL((url) => url.pathname === "/people/2002");
    await page.getByText("Proved on 1 of 1 boxes").waitFor();
  });
});

test("many are changed at once", async () => {
  await on("/people?department=Research", async (page) => {
    await page
      .getByRole("row", { name: /Ada Added/ })
      .getByRole("checkbox")
      .check();
    await page.getByRole("button", { name: "Change…" }).click();
    const drawer = inDrawer(page);
    const type = drawer.getByLabel("Type");
    const shown = drawer.locator(".ant-select-content").and(page.getByTitle("VIP"));
    await choose(
      page,
      "VIP",
      () => type.click(),
      () => shown.isVisible(),
    );
    await drawer.getByLabel("Add tags").fill("night,");
    await drawer.getByLabel(/No department/).check();
    await drawer.getByRole("button", { name: "Change", exact: true }).click();
    await drawer.getByText("1 changed, 0 unchanged, 0 failed").waitFor();
  });
  const person = await world.platform.must("GET", "/api/v1/people/2001");
  assert.deepEqual([person.type, person.tags, person.department], [5, ["night"], ""]);
});

test("a list and photos are tried, imported, and the failed rows come back with reasons", async () => {
  const list = join(world.folder, "people.csv");
  const archive = join(world.folder, "photos.zip");
  writeFileSync(list, "identity_id,name,photo\n3001,Ina Imported,3001.jpg\n3002,Ben Broken,3002.jpg\n");
  const bad = Buffer.from("this is no picture");
  writeFileSync(archive, zipOf({ "3001.jpg": readFileSync(photo("biden.jpg")), "3002.jpg": bad }));
  const begin = async (page: Page, how: string) => {
    const drawer = inDrawer(page);
    await drawer.locator("input[type=file]").setInputFiles(list);
    await drawer.getByRole("button", { name: "Next" }).click();
    await drawer.locator("input[type=file]").setInputFiles(archive);
    await drawer.getByRole("button", { name: "Next" }).click();
    await drawer.getByRole("button", { name: how }).click();
    await page.waitForURL(/\/people\/imports\/.+/);
    await page.getByText("1 of 2 done, 1 failed").waitFor();
  };
  await on("/people/imports?begin=true", async (page) => {
    await begin(page, "Try it first");
    await page.getByText("This was a trial: nothing has been stored.").waitFor();
    await page.getByText("Would be added").waitFor();
    await page.getByRole("link", { name: "Import for real" }).click();
    await begin(page, "Import now");
    await page.reload();
    await page.getByText("Failed (1)").click();
    await page.getByRole("row", { name: /3002/ }).waitFor();
    await page.getByRole("row", { name: /3001/ }).waitFor({ state: "detached" });
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download the failed rows" }).click();
    const failed = readFileSync(await (await download).path(), "utf8");
    assert.match(failed, /reason/);
    assert.match(failed, /3002,Ben Broken/);
    assert.doesNotMatch(failed, /3001/);
  });
  await wait("the box to prove who was imported", 60, async () => {
    const { boxes } = await world.platform.must("GET", "/api/v1/people/3001");
    return boxes[0]?.state === "applied";
  });
});

test("what the platform refuses is said in Chinese", async () => {
  const list = join(world.folder, "wrong.csv");
  writeFileSync(list, "identity_id,name,groups\n4001,Wanda Wrong,nowhere\n4001,Wanda Again,\n");
  const begun = await world.platform.must("POST", "/api/v1/people/imports", readFileSync(list), "text/csv");
  const chinese: Record<string, (page: Page) => Promise<void>> = {
    "/people?add=true": async (page) => {
      const drawer = inDrawer(page);
      await drawer.locator("input[type=file]").setInputFiles(nobody());
      await drawer.getByText("图片中没有找到人脸").waitFor();
      await drawer.getByLabel("编号", { exact: true }).fill("1001");
      await drawer.getByLabel("姓名", { exact: true }).fill("Person Again");
      await drawer.getByRole("button", { name: "不带照片添加" }).click();
      await drawer.getByText("已有编号为“1001”的人员").waitFor();
    },
    "/groups": async (page) => {
      await page.getByRole("button", { name: "新建权限组" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("名称").fill("Visitors");
      await dialog.getByRole("button", { name: "保存" }).click();
      await dialog.getByText("已有此编号或名称的权限组").waitFor();
    },
    [`/people/imports/${begun.id}`]: async (page) => {
      await page.getByRole("row", { name: /权限组：没有权限组“nowhere”/ }).waitFor();
      await page.getByRole("row", { name: /编号“4001”也出现在第 2 行/ }).waitFor();
    },
  };
  for (const [path, work] of Object.entries(chinese)) await on(path, work, "zh-CN");
});

test("events are exported as they are filtered, and found by a face", async () => {
  await on("/events?verdict=refused", async (page) => {
    await page.getByRole("link", { name: "Event of Person Two" }).waitFor();
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: /Export/ }).click();
    const exported = readFileSync(await (await download).path(), "utf8");
    assert.match(exported, /Person Two/);
    assert.doesNotMatch(exported, /Person One/);
  });
  await on("/events", async (page) => {
    await page.getByRole("button", { name: "Search by face" }).click();
    const drawer = inDrawer(page);
    await drawer.locator("input[type=file]").setInputFiles(photo("obama.jpg"));
    await drawer.getByLabel("Why do you search?").fill("a lost bag");
    // Pictures are made searchable in the background.
    await wait("the event to be found", 60, async () => {
      await drawer.getByRole("button", { name: /^(Search|Another search)$/ }).click();
      await drawer.getByText(/\d+ compared|No event resembles/).waitFor();
      return (await drawer.getByRole("link", { name: "Person One" }).count()) > 0;
    });
    assert.equal(await drawer.getByRole("link", { name: "Person Two" }).count(), 0);
  });
  const [deed] = (await world.platform.must("GET", "/api/v1/audit?limit=1")).items;
  assert.match(JSON.stringify(deed), /a lost bag/);
});

test("who leaves a group leaves the box, and comes back with it", async () => {
  const held = async () => (await world.platform.must("GET", "/api/v1/people/1002/boxes")).items;
  await on("/groups?group=visitors", async (page, watched) => {
    await page.getByText("1 person may pass at 1 box (0 cameras).").waitFor();
    await page
      .getByRole("row", { name: /Person Two/ })
      .getByRole("checkbox")
      .check();
    await page.getByRole("button", { name: "Take 1 out" }).click();
    await page.locator(".ant-popconfirm").getByRole("button", { name: "Take 1 out" }).click();
    await page.getByText("Nobody belongs to this group yet.").waitFor();
    await wait("the box to prove that they are gone", 60, async () => (await held()).length === 0);
    assert.deepEqual(await watched.barriers(), []);

    await page.getByRole("button", { name: "Add people" }).click();
    const dialog = page.getByRole("dialog");
    const search = dialog.getByLabel("Search by name or id");
    const chosen = dialog.locator(".ant-select-selection-item").filter({ hasText: "Person Two" }).first();
    await choose(
      page,
      "Person Two · 1002",
      () => search.fill("Person Two"),
      () => chosen.isVisible(),
    );
    // The list of names closes with the field, and no longer lies over the button.
    await search.blur();
    await dialog.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("row", { name: /Person Two/ }).waitFor();
    await wait("the box to prove them again", 60, async () => (await held())[0]?.state === "applied");
  });
  await on("/groups?view=person&person=1002", async (page) => {
    await page.getByText("bound to “default”: members of this group alone do not pass here").waitFor();
    await page.getByText("May not pass").waitFor();
  });
});

test("a group is made, given a box, and deleted with what that changes said before", async () => {
  await on("/groups", async (page) => {
    await page.getByRole("button", { name: "New group" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("Laboratory");
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { name: "Laboratory" }).waitFor();
    await page.getByText(/no box serves it: it opens nothing/).waitFor();
    const boxes = page.getByLabel("Let a box serve it");
    const served = page.getByText("0 people may pass at 1 box");
    await choose(
      page,
      "Front door · Head office",
      () => boxes.click(),
      () => served.isVisible(),
    );
    const box = await world.platform.must("GET", `/api/v1/boxes/${world.devSno}`);
    assert.equal(box.groups.length, 3);

    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByText("Whoever passes only by this group is taken off: Front door.").waitFor();
    await page.getByRole("textbox", { name: "Type Laboratory to confirm" }).fill("Laboratory");
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByRole("heading", { name: "Laboratory" }).waitFor({ state: "detached" });
  });
});

test("who is erased leaves a receipt that tells which boxes have proved it", async () => {
  await on("/people/2001", async (page) => {
    await page.getByRole("button", { name: "Erase" }).click();
    const confirm = page.getByRole("dialog");
    assert.equal(await confirm.getByRole("button", { name: "Erase" }).isDisabled(), true);
    await confirm.getByRole("textbox").fill("Ada Added");
    await confirm.getByRole("button", { name: "Erase" }).click();
    await page.getByText("The person with the id 2001 was erased.").waitFor();
    await page.getByText(/Erased everywhere/).waitFor();
    await page.getByText("the box said that the person is gone").waitFor();
  });
  await on("/people/erasures", async (page) => {
    await page.getByRole("row", { name: /2001/ }).getByText("Complete").waitFor();
  });
});
