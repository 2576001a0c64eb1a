/** Pictures of pages for people to look at, in console/shots; made when SHOTS=1. */
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), "../../shots");

export async function shot(page: Page, name: string): Promise<void> {
  if (process.env.SHOTS !== "1") return;
  mkdirSync(FOLDER, { recursive: true });
  await page.screenshot({ path: join(FOLDER, `${name}.png`), fullPage: true });
}
