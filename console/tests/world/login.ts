/** Logging in by the page, as people do. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { attend } from "./browser";
import type { World } from "./world";

/** A logged-in browser's cookies, for contexts to begin with. */
export type Session = Awaited<ReturnType<BrowserContext["storageState"]>>;

/** The password of the operators that tests add. */
export const PASSWORD = "correct horse battery staple 8";

/** Fills in the platform's login, which `page` shows. */
export async function fillLogin(page: Page, username: string, password: string): Promise<void> {
  await page.getByLabel("User name").fill(username);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
}

/** Logs in at the platform's console and gives the session. */
export async function loggedIn(
  browser: Browser,
  address: string,
  username: string,
  password: string,
): Promise<Session> {
  const context = await browser.newContext({ locale: "en" });
  await attend(context);
  const page = await context.newPage();
  await page.goto(`${address}/events`);
  await fillLogin(page, username, password);
  await page.waitForURL((url) => !url.pathname.startsWith("/login"));
  const session = await context.storageState();
  await context.close();
  return session;
}

/** Adds an operator of each lower role, named as the role, and gives everybody's session. */
export async function everyRole(
  browser: Browser,
  world: World,
  address: string,
): Promise<Record<string, Session>> {
  const sessions = { admin: await loggedIn(browser, address, "admin", world.password) };
  for (const role of ["viewer", "operator"]) {
    await world.platform.must("POST", "/api/v1/operators", { username: role, password: PASSWORD, role });
    Object.assign(sessions, { [role]: await loggedIn(browser, address, role, PASSWORD) });
  }
  return sessions;
}

/** Puts the tests' password in the place of the one a box made up, and gives a session of its console. */
export async function boxSession(browser: Browser, address: string, madeUp: string): Promise<Session> {
  const context = await browser.newContext();
  const session = `${address}/api/v1/session`;
  await context.request.post(session, { data: { password: madeUp } });
  const changed = await context.request.put(`${session}/password`, { data: { old: madeUp, new: PASSWORD } });
  if (!changed.ok()) throw new Error(`the password was not changed: ${await changed.text()}`);
  const state = await context.storageState();
  await context.close();
  return state;
}
