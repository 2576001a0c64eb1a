/** A real browser for the tests, with what it complained of and what it asked other machines for. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from "playwright-core";

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
