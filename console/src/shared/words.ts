/** What pages say, in every language, typed: a sentence that one language lacks does not compile. */
import { createContext, useContext } from "react";

export type Language = "en" | "zh";

export const LANGUAGES: { value: Language; label: string }[] = [
  { value: "en", label: "English" },
  { value: "zh", label: "简体中文" },
];

/** Sentences of one place: texts, or functions that make one. */
export type Words<T> = Record<Language, T>;

/** Declares the sentences of a page or a part; English gives the shape, Chinese must have the same. */
export function words<T>(all: { en: T; zh: NoInfer<T> }): Words<T> {
  return all;
}

export const LanguageContext = createContext<Language>("en");

export function useLanguage(): Language {
  return useContext(LanguageContext);
}

/** The sentences in the language of whoever looks. */
export function useWords<T>(all: Words<T>): T {
  return all[useLanguage()];
}

/** The language the browser asks for. */
export function browserLanguage(wanted: readonly string[] = navigator.languages): Language {
  for (const tag of wanted) {
    if (tag.toLowerCase().startsWith("zh")) return "zh";
    if (tag.toLowerCase().startsWith("en")) return "en";
  }
  return "en";
}
