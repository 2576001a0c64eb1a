// Puts a .br and a .gz beside every text file of the bundles, so that the server never compresses, and keeps the first
// load within its budget.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/** What the first page of a bundle may weigh, compressed with gzip, in bytes. */
const BUDGET = 400 * 1024;
/** The same for the screens, which have no framework. */
const SMALL = { "pad.html": 60 * 1024, "welcome.html": 60 * 1024 };
const TEXT = /\.(js|css|html|svg|json)$/;

const sizes = new Map();
for (const bundle of ["platform", "box"]) {
  const root = join("dist", bundle);
  for (const name of readdirSync(root, { recursive: true })) {
    const path = join(root, name);
    if (!TEXT.test(path) || !statSync(path).isFile()) continue;
    const plain = readFileSync(path);
    const zipped = gzipSync(plain, { level: 9 });
    sizes.set(path, zipped.length);
    writeFileSync(`${path}.gz`, zipped);
    writeFileSync(
      `${path}.br`,
      brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } }),
    );
  }
  for (const page of readdirSync(root).filter((name) => name.endsWith(".html"))) {
    const html = readFileSync(join(root, page), "utf8");
    const files = [page, ...[...html.matchAll(/(?:src|href)="\/([^"]+)"/g)].map((match) => match[1])];
    const total = files.reduce((sum, file) => sum + (sizes.get(join(root, file)) ?? 0), 0);
    console.log(`   ${bundle}/${page}: first load ${(total / 1024).toFixed(0)} KB compressed`);
    const budget = SMALL[page] ?? BUDGET;
    if (total > budget) {
      console.error(`   over the budget of ${budget / 1024} KB: split what the first page does not need`);
      process.exitCode = 1;
    }
  }
}
