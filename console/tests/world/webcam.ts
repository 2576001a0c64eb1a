/** A webcam for Chromium that shows a photo for ever. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { CHROMIUM } from "./browser";

const WIDTH = 1280;
const HEIGHT = 720;

/** How the person sits before it: the photo's share of the picture's width, and of the light of day. */
export type Scene = { width: number; light: number };

/**
 * Writes the film of such a webcam and gives where it is, for `launch`. The photo is painted anew by a browser:
 * Chromium reads films only of plain JPEG files, without the small pictures cameras put into theirs.
 */
export async function webcamOf(
  photo: string,
  folder: string,
  scene: Scene = { width: 0.6, light: 1 },
): Promise<string> {
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu"],
  });
  try {
    const page = await browser.newPage();
    const source = `data:image/jpeg;base64,${readFileSync(photo).toString("base64")}`;
    const frame = await page.evaluate(
      async ([source, width, height, scene]) => {
        const image = new Image();
        image.src = source;
        await image.decode();
        const canvas = document.createElement("canvas");
        canvas.width = width;
        canvas.height = height;
        const paint = canvas.getContext("2d");
        // The whole width of the photo in the middle of the picture, its upper part: there the face is.
        const scale = (scene.width * width) / image.width;
        const left = ((1 - scene.width) / 2) * width;
        paint?.drawImage(image, left, 0, image.width * scale, image.height * scale);
        if (paint) paint.globalAlpha = 1 - scene.light;
        paint?.fillRect(0, 0, width, height);
        return canvas.toDataURL("image/jpeg", 0.95).split(",")[1] ?? "";
      },
      [source, WIDTH, HEIGHT, scene] as const,
    );
    const film = join(folder, `webcam-${scene.width}-${scene.light}.mjpeg`);
    const picture = Buffer.from(frame, "base64");
    writeFileSync(film, Buffer.concat(Array.from({ length: 10 }, () => picture)));
    return film;
  } finally {
    await browser.close();
  }
}
