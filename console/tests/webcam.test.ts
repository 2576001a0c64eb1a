/** What a page says to whoever sits badly before the webcam: while they look, and of the photo they take all the same. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Locator } from "playwright-core";
import { launch, Watched } from "./world/browser";
import { loggedIn, type Session } from "./world/login";
import { shot } from "./world/shots";
import { type Scene, webcamOf } from "./world/webcam";
import { PHOTOS, World } from "./world/world";

let world: World;
let session: Session;

before(async () => {
  world = await World.start({ empty: true });
  const browser = await launch();
  session = await loggedIn(browser, world.platform.address, "admin", world.password);
  await browser.close();
});

after(async () => {
  await world?.stop();
});

/** Looks at the form of a new person while the webcam shows such a scene. */
async function facing(scene: Scene, locale: string, look: (form: Locator) => Promise<void>): Promise<void> {
  const browser = await launch(await webcamOf(join(PHOTOS, "obama.jpg"), world.folder, scene));
  try {
    const origin = world.platform.address;
    const options = { origin, locale, storageState: session, permissions: ["camera"] };
    const watched = await Watched.open(browser, options);
    await watched.page.goto(`${origin}/people?add=true`);
    const form = watched.page.locator(".ant-drawer-open");
    await form.locator(".ant-segmented-item").nth(1).click();
    await look(form);
    await shot(watched.page, `webcam-${scene.width}-${scene.light}-${locale}`);
    assert.deepEqual(await watched.barriers(), []);
    assert.deepEqual(watched.complaints, []);
  } finally {
    await browser.close();
  }
}

test("in the dark it says so, and a photo taken all the same is refused with what to do", async () => {
  await facing({ width: 0.6, light: 0.06 }, "en", async (form) => {
    await form.getByText("Too dark: turn to the light or switch on a lamp").waitFor();
    await form.getByRole("button", { name: "Take the photo" }).click();
    await form.getByText(/No face was found|cannot be recognised well enough/).waitFor();
    await form.getByText(/shows one face from the front|More light on the face/).waitFor();
    await form.getByRole("button", { name: "Add without a photo" }).waitFor();
  });
  await facing({ width: 0.6, light: 0.06 }, "zh-CN", async (form) => {
    await form.getByText("太暗：请面向光源或打开灯").waitFor();
  });
});

test("a face far away is asked to come closer, and one that did is taken", async () => {
  await facing({ width: 0.12, light: 1 }, "en", async (form) => {
    await form.getByRole("button", { name: "Take the photo" }).click();
    await form.getByText(/face in the picture is too small|cannot be recognised well/).waitFor();
    await form
      .getByText(/^Come closer/)
      .first()
      .waitFor();
  });
  await facing({ width: 0.6, light: 1 }, "en", async (form) => {
    await form.getByText(/Fit your face into the oval|look straight/).waitFor();
    await form.getByRole("button", { name: "Take the photo" }).click();
    await form.getByText("Good enough to be recognised").waitFor();
  });
});
