import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ANSWERS } from "./answers";
import { LINES, PLAINER } from "./lines";
import { PHOTOS } from "./photos";
import { REFUSALS } from "./refusals";
import { isKnown } from "./told";

/** What the programs say: their sources without what only tests say, the lines of a sentence joined. */
function said(directory: string, only = /./): string {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter(
      (name) =>
        only.test(name) && /(^|\/)src\/.*\.(rs|sql)$/.test(name) && !/(^|\/)tests?(\/|\.rs)/.test(name),
    )
    .map((name) =>
      readFileSync(join(directory, name), "utf8").replace(/#\[cfg\(test\)\]\nmod tests \{.*/s, ""),
    )
    .map((text) => text.replace(/\\\n\s*/g, "").replaceAll('\\"', '"'))
    .join("\n");
}

/** What the system's own libraries say. */
const OF_OTHERS = /\(os error|^failed to lookup address/;

test("what is translated here is still said somewhere", () => {
  const all = said("../crates");
  const sentences = [
    ...[...PHOTOS, ...REFUSALS, ...LINES, ...ANSWERS].map(([one]) => one),
    ...Object.keys(PLAINER),
  ];
  const gone = sentences.filter((sentence) => {
    const pieces = sentence
      .split(/\*|; |: | (?=dark|bright)| \(/)
      .map((piece) => piece.replace(/^[\s"]+|[\s"]+$/g, ""));
    return (
      !OF_OTHERS.test(sentence) &&
      !pieces.filter((piece) => piece.length > 3).every((piece) => all.includes(piece))
    );
  });
  assert.deepEqual(gone, []);
});

/** Where the platform refuses what people and programs ask. */
const REFUSING = /src\/(operator_api|import)\/(?!health)/;

/** A sentence of the platform's refusals, written where it refuses or in a variable before that. */
const REFUSED =
  /(?:Refusal::(?:invalid\((?:[^"()]|"[^"]*"|format!\([^)]*\))+?,\s*|Conflict\(\s*|Unauthenticated\(\s*)|let (?:rule|reason|words|message|text) =\s*)(?:format!\(\s*)?"((?:[^"\\]|\\.)+)"/g;

test("what the platform refuses is told in Chinese", () => {
  const sources = said("../crates/platform", REFUSING);
  const sentences = [...sources.matchAll(REFUSED)].map(([, sentence = ""]) => sentence);
  assert.ok(sentences.length > 60, `${sentences.length} sentences were found`);
  const untold = [...new Set(sentences)].filter(
    (sentence) => isKnown(sentence.replace(/\{[^}]*\}/g, "7"), "zh") === null,
  );
  assert.deepEqual(untold, []);
});
