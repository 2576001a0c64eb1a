/** A real browser for the tests, with what it complained of and what it asked other machines for. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from "playwright-core";
import { wait } from "./processes";

const HERE = dirname(fileURLToPath(import.meta.url));
const AXE = readFileSync(join(HERE, "../../node_modules/axe-core/axe.min.js"), "utf8");

/** Debian's Chromium, or the one that MENSHEN_CHROMIUM names. */
export const CHROMIUM = process.env.MENSHEN_CHROMIUM ?? "/usr/bin/chromium";

/** Starts a browser. `camera`: a Y4M or MJPEG file that webcams show; `more`: further switches. */
export function launch(camera?: string, more: string[] = []): Promise<Browser> {
  const fake = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"];
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...(camera ? [...fake, `--use-file-for-fake-video-capture=${camera}`] : []),
      ...more,
    ],
  });
}

/** How long whatever a page should show or do may take, milliseconds: a busy machine stands still for seconds. */
const PATIENCE = 60_000;

/** Keeps what notices say that go away by themselves; a text, because a function that was built names helpers no page has. */
const NOTES = `{
  window.notices = [];
  const noted = new WeakSet();
  new MutationObserver(() => {
    for (const notice of document.querySelectorAll(".ant-message-notice")) {
      if (!notice.textContent || noted.has(notice)) continue;
      noted.add(notice);
      window.notices.push(notice.textContent);
    }
  }).observe(document, { childList: true, subtree: true, characterData: true });
}`;

/** Lets the pages of a context take the time they need, and keeps their notices for {@link noticed}. */
export async function attend(context: BrowserContext): Promise<void> {
  context.setDefaultTimeout(PATIENCE);
  await context.addInitScript({ content: NOTES });
}

/** Waits until a notice with such words has come, also when it has gone again before anybody looked. Each is taken once. */
export async function noticed(page: Page, words: string): Promise<void> {
  await page.waitForFunction((words) => {
    const { notices } = window as unknown as { notices: string[] };
    const place = notices.findIndex((notice) => notice.includes(words));
    return place >= 0 && notices.splice(place, 1).length > 0;
  }, words);
}

/**
 * Chooses in a list that `open` opens, until `isChosen` tells that it was: a list that still finds its place, or that is filled anew,
 * loses a click on a busy machine.
 */
export async function choose(
  page: Page,
  title: string,
  open: () => Promise<unknown>,
  isChosen: () => Promise<boolean> | boolean,
): Promise<void> {
  const entry = page.locator(".ant-select-item-option").and(page.getByTitle(title)).filter({ visible: true });
  for (let tries = 0; tries < 5; tries += 1) {
    if (!(await entry.isVisible())) await open();
    await entry.click({ timeout: 10_000 }).catch(() => undefined);
    if (await wait(title, 10, async () => isChosen()).catch(() => false)) return;
  }
  throw new Error(`"${title}" could not be chosen`);
}

/** Clicks a link or button in a list that moves while it is fetched anew, until what it leads to is there. */
export async function follow(link: Locator, there: Locator): Promise<void> {
  await link.waitFor();
  for (let tries = 0; tries < 5 && !(await there.isVisible()); tries += 1) {
    await link.click({ timeout: 5000 }).catch(() => undefined);
    await there.waitFor({ timeout: 10_000 }).catch(() => undefined);
  }
  await there.waitFor();
}

/** A page, and what went wrong on it: nothing may. */
export class Watched {
  readonly complaints: string[] = [];

  private constructor(readonly page: Page) {}

  static async open(browser: Browser, options: BrowserContextOptions & { origin: string }): Promise<Watched> {
    const context = await browser.newContext({
      reducedMotion: "reduce",
      ignoreHTTPSErrors: true,
      ...options,
    });
    return Watched.of(context, options.origin);
  }

  static async of(context: BrowserContext, origin: string): Promise<Watched> {
    await attend(context);
    const watched = new Watched(await context.newPage());
    const note = (text: string) => watched.complaints.push(`${watched.page.url()}: ${text}`);
    watched.page.on("pageerror", (error) => note(`error ${error.message}`));
    watched.page.on("console", (message) => {
      // What the browser itself notes of an answer that was refused is looked at by whoever asked.
      const isAnswer = message.text().startsWith("Failed to load resource");
      if (message.type() === "error" && !isAnswer) note(`console ${message.text()}`);
    });
    watched.page.on("request", (request) => {
      const url = new URL(request.url());
      if (url.protocol.startsWith("http") && url.origin !== new URL(origin).origin)
        note(`asks ${url.origin}`);
    });
    return watched;
  }

  /** What comes and goes softly has come or gone; what is half there has no contrast. */
  async settled(): Promise<void> {
    await this.page.evaluate(async () => {
      const ends = document
        .getAnimations()
        .filter((animation) => Number.isFinite(animation.effect?.getComputedTiming().endTime))
        .map((animation) => animation.finished.catch(() => undefined));
      await Promise.race([Promise.all(ends), new Promise((resolve) => setTimeout(resolve, 2000))]);
    });
  }

  /** Barriers of weight that axe finds on what is shown, a line each. */
  async barriers(): Promise<string[]> {
    await this.settled();
    // Not a script element, which the page's own policy forbids.
    await this.page.evaluate(AXE);
    const found = await this.page.evaluate(async () => {
      // biome-ignore lint/suspicious/noExplicitAny: axe puts itself there, without types.
      const result = await (window as any).axe.run(document, { resultTypes: ["violations"] });
      type Violation = { id: string; impact: string; nodes: { target: string[]; failureSummary: string }[] };
      return (result.violations as Violation[])
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(
          ({ id, nodes }) =>
            `${id}: ${nodes.map((node) => `${node.target} (${node.failureSummary})`).join("; ")}`,
        );
    });
    return found.map((text) => `${this.page.url()}: ${text}`);
  }
}
