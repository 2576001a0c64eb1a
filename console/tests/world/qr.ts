/** Reads pictures of codes (QR) as a telephone does: from what is on the screen. */
import decode from "jsqr";
import type { Locator } from "playwright-core";

type Pixels = { data: number[]; width: number; height: number };

/** Both ways of importing a module of the older kind give its function. */
const read = (decode as unknown as { default?: typeof decode }).default ?? decode;

/** The text in the picture of a code; null when no reader would find one. */
export async function readCode(shown: Locator): Promise<string | null> {
  const file = (await shown.screenshot()).toString("base64");
  const { data, width, height } = await shown.page().evaluate(async (file): Promise<Pixels> => {
    const bytes = Uint8Array.from(atob(file), (letter) => letter.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const { width, height } = picture;
    const paint = new OffscreenCanvas(width, height).getContext("2d");
    paint?.drawImage(picture, 0, 0);
    return { data: [...(paint?.getImageData(0, 0, width, height).data ?? [])], width, height };
  }, file);
  return read(Uint8ClampedArray.from(data), width, height)?.data ?? null;
}
