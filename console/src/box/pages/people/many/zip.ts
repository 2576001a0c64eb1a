/** Reads zip archives in the browser: the directory first, a file when it is asked for. */

/** A file of an archive; `read` gives it unpacked, or throws. */
export type Entry = { name: string; read: () => Promise<Blob> };

/** The largest file that is unpacked, bytes: what says less and holds more is not read to its end. */
const LARGEST = 10 << 20;
/** The end of an archive: its own 22 bytes, and a comment of at most 65,535. */
const END = 22 + 0xffff;
const MARKS = { end: 0x06054b50, entry: 0x02014b50, file: 0x04034b50 };

export class NoZip extends Error {}

/** The files of an archive, folders left out. */
export async function entriesOf(archive: Blob): Promise<Entry[]> {
  const tail = await view(archive, Math.max(0, archive.size - END), archive.size);
  let end = tail.byteLength - 22;
  while (end >= 0 && tail.getUint32(end, true) !== MARKS.end) end -= 1;
  if (end < 0) throw new NoZip();
  const count = tail.getUint16(end + 10, true);
  const start = tail.getUint32(end + 16, true);
  const directory = await view(archive, start, start + tail.getUint32(end + 12, true));
  const entries: Entry[] = [];
  try {
    let at = 0;
    for (let number = 0; number < count; number += 1) {
      if (directory.getUint32(at, true) !== MARKS.entry) throw new NoZip();
      const [nameLength, extra, comment] = [28, 30, 32].map((place) => directory.getUint16(at + place, true));
      const [packed, size] = [20, 24].map((place) => directory.getUint32(at + place, true));
      const method = directory.getUint16(at + 10, true);
      const offset = directory.getUint32(at + 42, true);
      const name = nameOf(new Uint8Array(directory.buffer, at + 46, nameLength));
      if (!name.endsWith("/"))
        entries.push({ name, read: () => unpacked(archive, offset, packed ?? 0, size ?? 0, method) });
      at += 46 + (nameLength ?? 0) + (extra ?? 0) + (comment ?? 0);
    }
  } catch (error) {
    if (error instanceof RangeError) throw new NoZip();
    throw error;
  }
  return entries;
}

async function view(archive: Blob, from: number, to: number): Promise<DataView> {
  return new DataView(await archive.slice(from, to).arrayBuffer());
}

/** Names are UTF-8, or what Windows writes in China. */
function nameOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("gb18030").decode(bytes);
  }
}

async function unpacked(
  archive: Blob,
  offset: number,
  packed: number,
  size: number,
  method: number,
): Promise<Blob> {
  const header = await view(archive, offset, offset + 30);
  if (header.byteLength < 30 || header.getUint32(0, true) !== MARKS.file || size > LARGEST) throw new NoZip();
  const begin = offset + 30 + header.getUint16(26, true) + header.getUint16(28, true);
  const content = archive.slice(begin, begin + packed);
  if (method === 0) return content;
  if (method !== 8) throw new NoZip();
  const parts: BlobPart[] = [];
  let held = 0;
  const reader = content.stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    held += next.value.byteLength;
    if (held > LARGEST) {
      await reader.cancel();
      throw new NoZip();
    }
    parts.push(next.value);
  }
  return new Blob(parts);
}
