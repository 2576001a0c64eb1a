/** Every page in every look: what it shows, in whose language, how wide it is, and who cannot use it. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { BrowserContextOptions } from "playwright-core";
import type { Watched } from "./browser";
import { foreign } from "./foreign";
import { shot } from "./shots";

export type Look = { name: string; browser: BrowserContextOptions & { locale: string } };

const WIDE = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

export const LOOKS: Look[] = [
  { name: "light", browser: { locale: "en", colorScheme: "light", viewport: WIDE } },
  { name: "dark", browser: { locale: "en", colorScheme: "dark", viewport: WIDE } },
  { name: "phone", browser: { locale: "en", colorScheme: "light", viewport: PHONE } },
  { name: "chinese", browser: { locale: "zh-CN", colorScheme: "light", viewport: WIDE } },
];

export type Place = {
  name: string;
  path: string;
  /** What is on it for sure, from the world's own data: [English, Chinese]. */
  shows: [RegExp, RegExp];
};

/** Where the pages are, and the names of people and things in the world: words of no language. */
export type Ground = { address: string; names: string[] };

/** What holds for whatever is shown now, in every look. */
export async function inspect(watched: Watched, look: Look, name: string, names: string[]): Promise<void> {
  const { page } = watched;
  await watched.settled();
  // Pictures that are in sight have come.
  await page.waitForFunction(() =>
    [...document.images].every(
      (image) =>
        image.complete || image.getBoundingClientRect().top > innerHeight || !image.checkVisibility(),
    ),
  );
  await shot(page, `${name}-${look.name}`);
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(sideways <= 0, `the page is ${sideways} px wider than the window`);
  if (look.browser.locale.startsWith("zh")) {
    const text = await page.getByRole("main").textContent();
    assert.match(text ?? "", /[\u4e00-\u9fff]/, "nothing on it is Chinese");
    assert.deepEqual(await foreign(page, names), []);
  }
  assert.deepEqual(await watched.barriers(), []);
}

/** Opens the places one after the other, a test each. */
export async function walk(
  t: TestContext,
  watched: Watched,
  look: Look,
  places: Place[],
  ground: Ground,
): Promise<void> {
  const { page } = watched;
  const language = look.browser.locale.startsWith("zh") ? 1 : 0;
  for (const place of places) {
    await t.test(place.name, async () => {
      await page.goto(ground.address + place.path);
      const content = page.getByRole("main");
      await content.getByRole("heading", { level: 1 }).first().waitFor();
      await content.getByText(place.shows[language]).first().waitFor();
      await page.waitForLoadState("load");
      await inspect(watched, look, place.name, ground.names);
    });
  }
  assert.deepEqual(watched.complaints, []);
}
