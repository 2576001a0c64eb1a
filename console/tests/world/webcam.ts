/** A webcam for Chromium that shows a photo for ever. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { CHROMIUM } from "./browser";

const WIDTH = 1280;
const HEIGHT = 720;

/**
 * Writes the film of such a webcam and gives where it is, for `launch`. The photo is painted anew by a browser:
 * Chromium reads films only of plain JPEG files, without the small pictures cameras put into theirs.
 */
export async function webcamOf(photo: string, folder: string): Promise<string> {
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu"],
  });
  try {
    const page = await browser.newPage();
    const source = `data:image/jpeg;base64,${readFileSync(photo).toString("base64")}`;
    const frame = await page.evaluate(
      async ([source, width, height]) => {
        const image = new Image();
        image.src = source;
        await image.decode();
        const canvas = document.createElement("canvas");
        canvas.width = width;
        canvas.height = height;
        // The whole width of the photo in three fifths of the picture's, its upper part: there the face is.
        const scale = (0.6 * width) / image.width;
        canvas.getContext("2d")?.drawImage(image, 0.2 * width, 0, image.width * scale, image.height * scale);
        return canvas.toDataURL("image/jpeg", 0.95).split(",")[1] ?? "";
      },
      [source, WIDTH, HEIGHT] as const,
    );
    const film = join(folder, "webcam.mjpeg");
    const picture = Buffer.from(frame, "base64");
    writeFileSync(film, Buffer.concat(Array.from({ length: 10 }, () => picture)));
    return film;
  } finally {
    await browser.close();
  }
}
