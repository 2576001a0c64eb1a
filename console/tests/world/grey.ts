/** A grey picture, in which nobody is: a BMP file. */
export function greyPicture(): Buffer {
  const [width, height] = [320, 240];
  const bmp = Buffer.alloc(54 + width * height * 3, 0x80);
  bmp.fill(0, 0, 54);
  bmp.write("BM");
  for (const [at, value] of [54 + width * height * 3, 0, 54, 40, width, height].entries())
    bmp.writeUInt32LE(value, 2 + 4 * at);
  bmp.writeUInt16LE(1, 26);
  bmp.writeUInt16LE(24, 28);
  return bmp;
}
