/**
 * What servers say, in the language of whoever reads. Boxes and the platform speak English to programs and people alike; the pages
 * know their sentences and say them in Chinese. What is not known, such as a newer box's words, stays as it came.
 */
import type { Language } from "../words";
import { ANSWERS } from "./answers";
import { fieldNames } from "./fields";
import { LINES, PLAINER } from "./lines";
import { PHOTOS } from "./photos";
import { REFUSALS } from "./refusals";

/**
 * A sentence and what it is in Chinese. `*` stands for what differs; `$1` puts the first of these in as it is, `@1` as a sentence of
 * its own. Quotation marks around it are not part of it.
 */
export type Sentence = [english: string, chinese: string];

type Known = [pattern: RegExp, chinese: string];

let known: Known[] | null = null;

/** All of them, those that say most first: `at most * characters` also fits `at most * characters, in one line`. */
function sentences(): Known[] {
  known ??= [...PHOTOS, ...REFUSALS, ...LINES, ...ANSWERS]
    .sort(([one], [other]) => other.length - one.length)
    .map(([english, chinese]) => [
      new RegExp(`^${english.split("*").map(literally).join('"?(.+?)"?')}$`, "s"),
      chinese,
    ]);
  return known;
}

function literally(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
}

/** The sentence in Chinese; null where it is not known. The name of a code behind it says the same once more. */
function inChinese(whole: string): string | null {
  const text = whole.replace(/ \([A-Z]+(_[A-Z]+)+\)$/, "");
  const piecewise = several(text) ?? ofField(text);
  if (piecewise) return piecewise;
  for (const [pattern, chinese] of sentences()) {
    const parts = pattern.exec(text);
    if (parts)
      return chinese.replace(/([$@])(\d)/g, (_, how, at) => {
        const part = parts[at] ?? "";
        return how === "@" ? (inChinese(part) ?? part) : part;
      });
  }
  return null;
}

/** `field: what is wrong with it`. */
function ofField(text: string): string | null {
  const [, field = "", rest = ""] = /^([\w.[\]-]+): (.+)$/s.exec(text) ?? [];
  const reason = rest && inChinese(rest);
  return reason ? `${fieldName(field, "zh")}：${reason}` : null;
}

/** Several sentences in a row, all of them known. */
function several(text: string): string | null {
  const all = text.split("; ");
  if (all.length < 2) return null;
  const told = all.map(inChinese);
  return told.includes(null) ? null : told.join("；");
}

export function fieldName(field: string, language: Language): string {
  return fieldNames[language][field] ?? field;
}

/** The same in the reader's language; as it came where it is not known. */
export function told(text: string, language: Language): string {
  return isKnown(text, language) ?? text;
}

/** The same, null where it is not known. */
export function isKnown(text: string, language: Language): string | null {
  return language === "zh" ? inChinese(text) : (PLAINER[text] ?? text);
}
