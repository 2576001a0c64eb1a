/** What a picture of the camera is worth before the platform sees it: light and sharpness, measured on a small copy of it. */

/** Pixels as a canvas hands them out: red, green, blue, opacity, row by row. */
export type Pixels = { data: Uint8ClampedArray | Uint8Array; width: number; height: number };

/** An ellipse in the middle of the picture, in shares of its height and width. */
export type Oval = { width: number; height: number };

export type Light = {
  /** Mean brightness of the face's place, 0 to 1. */
  brightness: number;
  /** Mean brightness around it, 0 to 1. */
  around: number;
  /** Mean square of the second derivative of the brightness (0 to 255): low when nothing in the picture has an edge. */
  sharpness: number;
};

/** Where a face was found, in shares of the picture's width and height. */
export type FaceBox = { x: number; y: number; width: number; height: number };

export type Advice =
  | "dark"
  | "bright"
  | "backlight"
  | "blurred"
  | "nobody"
  | "many"
  | "closer"
  | "back"
  | "centre"
  | "fit"
  | "good";

const DARK = 0.2;
const BRIGHT = 0.86;
/** The surroundings may be so much brighter than the face. */
const BACKLIGHT = 0.4;
const BLURRED = 6;
/** A face is at least so much of the picture's height; below it few pixels are left of it. */
const SMALL = 0.28;
const LARGE = 0.85;
const OFF_CENTRE = 0.2;

/** The oval to fit the face into, for a picture of this shape. */
export function ovalOf(width: number, height: number): Oval {
  const tall = Math.min(0.78 * height, 0.95 * width);
  return { width: (0.72 * tall) / width, height: tall / height };
}

export function measure(picture: Pixels, oval: Oval): Light {
  const { data, width, height } = picture;
  const grey = new Float32Array(width * height);
  for (let i = 0; i < grey.length; i++) {
    const at = 4 * i;
    grey[i] = 0.299 * (data[at] ?? 0) + 0.587 * (data[at + 1] ?? 0) + 0.114 * (data[at + 2] ?? 0);
  }
  const at = (x: number, y: number) => grey[y * width + x] ?? 0;
  let inside = 0;
  let insideCount = 0;
  let outside = 0;
  let edges = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const across = (2 * (x + 0.5)) / width - 1;
      const down = (2 * (y + 0.5)) / height - 1;
      if ((across / oval.width) ** 2 + (down / oval.height) ** 2 > 1) {
        outside += at(x, y);
        continue;
      }
      inside += at(x, y);
      insideCount += 1;
      edges += (4 * at(x, y) - at(x - 1, y) - at(x + 1, y) - at(x, y - 1) - at(x, y + 1)) ** 2;
    }
  }
  const outsideCount = (width - 2) * (height - 2) - insideCount;
  return {
    brightness: inside / Math.max(1, insideCount) / 255,
    around: outside / Math.max(1, outsideCount) / 255,
    sharpness: edges / Math.max(1, insideCount),
  };
}

/** The one thing to do next. `faces`: null when this browser finds none itself; then only the oval tells how close to come. */
export function advise(light: Light, faces: FaceBox[] | null): Advice {
  if (light.brightness < DARK) return light.around - light.brightness > BACKLIGHT ? "backlight" : "dark";
  if (light.brightness > BRIGHT) return "bright";
  if (light.around - light.brightness > BACKLIGHT) return "backlight";
  if (faces !== null) {
    const [face, second] = faces;
    if (!face) return "nobody";
    if (second) return "many";
    if (face.height < SMALL) return "closer";
    if (face.height > LARGE) return "back";
    const across = face.x + face.width / 2 - 0.5;
    const down = face.y + face.height / 2 - 0.5;
    if (Math.abs(across) > OFF_CENTRE || Math.abs(down) > OFF_CENTRE) return "centre";
  }
  if (light.sharpness < BLURRED) return "blurred";
  return faces === null ? "fit" : "good";
}
