// What the page measures itself: how bright the middle of the picture is, and whether something moves. A thumbnail a few times a
// second costs next to nothing.

const WIDTH = 32;
const HEIGHT = 24;
/** Mean difference of a pixel (0 to 255) from which something moved; noise of a dark camera stays below. */
const MOVED = 4;

export interface Look {
  /** Mean of the middle, 0 to 255. */
  brightness: number;
  moved: boolean;
}

export class Eye {
  private readonly canvas = document.createElement("canvas");
  private readonly context: CanvasRenderingContext2D | null;
  private before = new Uint8Array(WIDTH * HEIGHT);
  private now = new Uint8Array(WIDTH * HEIGHT);
  private first = true;

  constructor() {
    this.canvas.width = WIDTH;
    this.canvas.height = HEIGHT;
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
  }

  look(video: HTMLVideoElement): Look | undefined {
    if (!this.context || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return undefined;
    this.context.drawImage(video, 0, 0, WIDTH, HEIGHT);
    const { data } = this.context.getImageData(0, 0, WIDTH, HEIGHT);
    return this.measure(data);
  }

  private measure(pixels: Uint8ClampedArray): Look {
    let [difference, middle, counted] = [0, 0, 0];
    for (let place = 0; place < this.now.length; place += 1) {
      const at = place * 4;
      const luma = ((pixels[at] ?? 0) * 77 + (pixels[at + 1] ?? 0) * 151 + (pixels[at + 2] ?? 0) * 28) >> 8;
      this.now[place] = luma;
      difference += Math.abs(luma - (this.before[place] ?? 0));
      if (isMiddle(place % WIDTH, Math.floor(place / WIDTH))) {
        middle += luma;
        counted += 1;
      }
    }
    const moved = !this.first && difference / this.now.length > MOVED;
    this.first = false;
    [this.before, this.now] = [this.now, this.before];
    return { brightness: middle / counted, moved };
  }
}

function isMiddle(x: number, y: number): boolean {
  return x >= WIDTH / 4 && x < (WIDTH * 3) / 4 && y >= HEIGHT / 6 && y < (HEIGHT * 5) / 6;
}
