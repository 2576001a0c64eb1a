import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { GLOSSARY } from "./glossary";

/** Everything that says something in Chinese, but for the list itself. */
const TEXTS = ["src", "../README.zh-CN.md"].flatMap((place) =>
  place.endsWith(".md") ? [place] : sources(place),
);

function sources(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name) && !/^generated|glossary/.test(name.replace(/.*shared./, "")))
    .map((name) => join(directory, name));
}

const lines = TEXTS.flatMap((path) =>
  readFileSync(path, "utf8")
    .split("\n")
    .map((text, at) => ({ where: `${path}:${at + 1}`, text })),
);

test("every concept has one word in Chinese", () => {
  assert.ok(TEXTS.length > 200, `${TEXTS.length} files`);
  for (const { chinese, never } of GLOSSARY) {
    assert.ok(
      lines.some(({ text }) => text.includes(chinese)),
      `nobody says ${chinese}`,
    );
    for (const word of never) {
      const found = lines.filter(({ text }) => text.includes(word)).map(({ where }) => where);
      assert.deepEqual(found, [], `${word} is said for ${chinese}`);
    }
  }
});

test("Chinese sentences have Chinese punctuation", () => {
  const half = /[\u4e00-\u9fff][,;:!?](?=[\u4e00-\u9fff\s"{])/;
  const found = lines.filter(({ text }) => half.test(text)).map(({ where }) => where);
  assert.deepEqual(found, []);
});
