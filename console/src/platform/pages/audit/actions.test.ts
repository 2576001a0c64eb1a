import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { actionWords } from "./actions";

const SOURCES = "../crates/platform/src";

test("everything the platform writes into its log has words in both languages", () => {
  const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".rs"),
  );
  const text = files.map((name) => readFileSync(join(SOURCES, name), "utf8")).join("\n");
  const deeds = new Set([...text.matchAll(/\.deed\(\s*"([a-z_]+\.[a-z_]+)"/g)].map(([, deed]) => deed ?? ""));
  assert.ok(deeds.size > 40, `${deeds.size} deeds`);
  for (const language of ["en", "zh"] as const)
    for (const deed of deeds) assert.ok(actionWords[language][deed], `${deed} in ${language}`);
});
