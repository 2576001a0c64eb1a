/**
 * Why a box refuses, by the `reason` it gives: the list and what belongs to each come from the box's OpenAPI document, and a reason
 * that one language has no words for does not compile.
 */
import type { components } from "@/generated/box";
import type { Language, Words } from "../words";
import { englishReasons } from "./reasons.en";
import { chineseReasons } from "./reasons.zh";

type Details = components["schemas"]["RefusalDetails"];
type Reason = keyof Details;

/** Words for every reason; what differs comes from the details. */
export type ReasonWords = { [R in Reason]: string | ((details: Details[R]) => string) };

const all: Words<ReasonWords> = { en: englishReasons, zh: chineseReasons };

/** What a reason says; null where it is not known, such as a newer box's. */
export function reasonText(reason: string, details: object, language: Language): string | null {
  const says = all[language][reason as Reason] as string | ((details: object) => string) | undefined;
  return typeof says === "function" ? says(details) : (says ?? null);
}
