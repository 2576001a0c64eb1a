// Pictures for the box: JPEG, bounded in pixels and bytes, all through one canvas.

/** The longer side, pixels: enough for a face at two metres. */
const LONGEST = 1280;
/** What a picture may weigh, bytes; a noisy one is made coarser until it does. */
const HEAVIEST = 400_000;
const QUALITIES = [0.86, 0.7, 0.5];

export class Shutter {
  private readonly canvas = document.createElement("canvas");
  private readonly context = this.canvas.getContext("2d", { alpha: false });

  async take(video: HTMLVideoElement): Promise<Blob | undefined> {
    const { videoWidth: width, videoHeight: height } = video;
    if (!this.context || !width || !height) return undefined;
    const scale = Math.min(1, LONGEST / Math.max(width, height));
    const size = { width: Math.round(width * scale), height: Math.round(height * scale) };
    if (this.canvas.width !== size.width || this.canvas.height !== size.height)
      Object.assign(this.canvas, size);
    this.context.drawImage(video, 0, 0, size.width, size.height);
    for (const quality of QUALITIES) {
      const blob = await this.encode(quality);
      if (!blob || blob.size <= HEAVIEST) return blob ?? undefined;
    }
    return undefined;
  }

  private encode(quality: number): Promise<Blob | null> {
    return new Promise((resolve) => this.canvas.toBlob(resolve, "image/jpeg", quality));
  }
}
