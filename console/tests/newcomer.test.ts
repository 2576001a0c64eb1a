/**
 * A newcomer's way by the pages alone: the box is paired on its own console with the link that the picture holds, its camera is added
 * there from the link of the guided start, and the second factor is set up from its picture.
 */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { passwordOf } from "./world/box";
import { attend, launch, noticed, Watched } from "./world/browser";
import { fillLogin, loggedIn, PASSWORD, type Session } from "./world/login";
import { freePort, wait } from "./world/processes";
import { readCode } from "./world/qr";
import { shot } from "./world/shots";
import { World } from "./world/world";

let world: World;
let browser: Browser;
let session: Session;

before(async () => {
  const consolePort = await freePort();
  world = await World.start({ empty: true, consolePort });
  // The guided start leads to the port at which boxes serve their console; this machine may have a box there already.
  browser = await launch(undefined, [`--host-resolver-rules=MAP 127.0.0.1:8886 127.0.0.1:${consolePort}`]);
  await world.platform.must("PUT", "/api/v1/session/password", { old: world.password, new: PASSWORD });
  session = await loggedIn(browser, world.platform.address, "admin", PASSWORD);
  world.platform.token = session.cookies.find(({ name }) => name === "menshen_session")?.value ?? null;
  await world.addPerson("1001", "Person One", "obama.jpg", ["0"]);
  await world.runBox("", false);
});

after(async () => {
  await browser?.close();
  await world?.stop();
});

async function opened(path: string): Promise<Watched> {
  const origin = world.platform.address;
  const watched = await Watched.open(browser, { origin, locale: "en", storageState: session });
  await watched.page.goto(origin + path);
  return watched;
}

/** The box's own console, its password changed, in a tab of `context`. */
async function enterBox(page: Page): Promise<void> {
  const madeUp = passwordOf(world.processes) ?? "";
  await page.getByLabel("Password", { exact: true }).fill(madeUp);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByLabel("Password until now").fill(madeUp);
  await page.getByLabel("New password", { exact: true }).fill(PASSWORD);
  await page.getByLabel("New password once more").fill(PASSWORD);
  await page.getByRole("button", { name: "Change the password" }).click();
}

async function pairBy(page: Page, link: string): Promise<void> {
  await page.getByLabel("Pairing link").fill(link);
  await page.getByRole("button", { name: "Pair", exact: true }).click();
}

async function done(page: Page, step: string): Promise<void> {
  await page.locator(`[data-step="${step}"][data-done="true"]`).waitFor();
}

test("a box is paired on its own console by the link in the picture, and its camera is added there", async () => {
  const start = await opened("/start");
  const { page } = start;
  await done(page, "person");
  await page.getByLabel("What the box is called").fill("Front door");
  await page.getByRole("button", { name: "Make the link" }).click();
  const picture = page.getByRole("img", { name: "Link as a picture, for a telephone or tablet" });
  const link = await readCode(picture);
  const command = await page.locator(".start-command").textContent();
  assert.equal(command?.trim(), `menshen edge pair ${link}`, "the picture holds the link beside it");

  const context: BrowserContext = await browser.newContext({ locale: "en" });
  await attend(context);
  const box = await context.newPage();
  await box.goto(`${world.consoleAddress}/platform`);
  await enterBox(box);
  await box.getByRole("heading", { level: 1, name: "Work mode" }).waitFor();
  await pairBy(box, link ?? "");
  await noticed(box, "Paired; the box logs in");
  await done(page, "box");
  const [{ dev_sno, name }] = (await world.platform.must("GET", "/api/v1/boxes")).items;
  world.devSno = dev_sno;
  assert.equal(name, "Front door");
  await wait("the box's page to name its key", 60, async () => {
    return (await box.getByLabel("Licence key").inputValue()) === dev_sno;
  });
  await shot(box, "box-paired");

  // The link was good once: the box says so when it is used again, and stays where it is.
  await pairBy(box, link ?? "");
  await box.getByRole("button", { name: "Leave it, erase its people and pair with the new one" }).click();
  await box
    .getByRole("alert")
    .filter({ hasText: /used|good|expired|once/ })
    .waitFor();
  await context.close();
  await wait("the box to be online", 60, async () => {
    return (await world.platform.must("GET", `/api/v1/boxes/${dev_sno}`)).online;
  });

  const leads = page.getByRole("link", { name: "Open the box’s console: Front door" });
  assert.equal(await leads.getAttribute("href"), "http://127.0.0.1:8886/cameras");
  const opening = page.context().waitForEvent("page");
  await leads.click();
  const cameras = await opening;
  await cameras.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await cameras.getByRole("button", { name: "Log in" }).click();
  await cameras.getByRole("heading", { level: 1, name: "Cameras" }).waitFor();
  await cameras.getByRole("button", { name: "Add a camera" }).first().click();
  await cameras.getByText("By hand").click();
  await cameras.getByRole("radio", { name: /Folder or video/ }).check();
  await cameras.getByLabel("Name", { exact: true }).fill("front");
  await cameras.getByLabel("Folder or video file on the box").fill(world.frames);
  await cameras.getByRole("dialog").getByRole("button", { name: "Add a camera" }).click();
  await cameras.getByRole("heading", { level: 1, name: "front" }).waitFor();
  await cameras.close();
  await done(page, "camera");
  await page.getByRole("button", { name: /Add a camera$/ }).click();
  await page.getByText("One camera has reported.").waitFor();

  await wait("the box to prove the person", 60, async () => (await world.proved()) === 1);
  await world.walkPast("obama2.jpg");
  await done(page, "pass");
  await page.getByRole("button", { name: /Stand in front of it$/ }).click();
  await page.getByText("Person One was let in.").waitFor();
  await page.getByText("5 of 5 done").waitFor();
  assert.deepEqual(start.complaints, []);
  await page.context().close();
});

/** The code that an authenticator shows now for a secret in base 32 (RFC 6238: SHA-1, 30 seconds, 6 digits). */
function codeOf(secret: string): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret].map((letter) => letters.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac("sha1", key).update(step).digest();
  const from = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(from) & 0x7fff_ffff) % 1_000_000).padStart(6, "0");
}

test("the second factor is set up from its picture, and asked for at the next login", async () => {
  const account = await opened("/account");
  const { page } = account;
  await page.getByRole("button", { name: "Set up" }).click();
  await page.getByLabel("Your password").fill(PASSWORD);
  await page.getByRole("button", { name: "Continue" }).click();
  const picture = page.getByRole("img", { name: "Scan this with your authenticator app" });
  await picture.waitFor();
  const scanned = new URL((await readCode(picture)) ?? "");
  const secret = scanned.searchParams.get("secret") ?? "";
  assert.deepEqual([scanned.protocol, scanned.host], ["otpauth:", "totp"]);
  const beside = await page.getByText(/^([A-Z2-7]{4} )+[A-Z2-7]{1,4}$/).textContent();
  assert.equal(beside?.replace(/\s/g, ""), secret, "the picture holds the secret beside it");
  await shot(page, "second-factor");
  assert.deepEqual(await account.barriers(), []);
  await page.getByLabel("Code that the app shows now").fill(codeOf(secret));
  await page.getByRole("button", { name: "Confirm" }).click();
  const codes = page.getByRole("list", { name: "Recovery codes" }).getByRole("listitem");
  const recovery = (await codes.first().textContent()) ?? "";
  await page.getByRole("button", { name: "I have kept them" }).click();
  await page.getByText("A code from your authenticator is needed to log in.").waitFor();
  assert.deepEqual(account.complaints, []);
  await page.context().close();

  const context = await browser.newContext({ locale: "en" });
  await attend(context);
  const login = await context.newPage();
  await login.goto(`${world.platform.address}/people`);
  await fillLogin(login, "admin", PASSWORD);
  // The code that set it up is worth nothing any more; one of those for a lost telephone is.
  await login.locator("#code").fill(recovery);
  await login.getByRole("button", { name: "Log in" }).click();
  await login.getByRole("heading", { level: 1, name: "People" }).waitFor();
  await context.close();
});
