// Which language a screen speaks: what was chosen on it, else its browser's.

export type Language = "en" | "zh";

const KEY = "menshen.language";

/** The language chosen here, else the browser's first that we have. */
export function preferred(): Language {
  const kept = read();
  if (kept) return kept;
  const first = navigator.languages.find((tag) => /^(en|zh)\b/i.test(tag)) ?? "en";
  return first.toLowerCase().startsWith("zh") ? "zh" : "en";
}

export function choose(language: Language): void {
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // A browser that keeps nothing starts with its own language again.
  }
}

/** Tells browser and screen readers. */
export function apply(language: Language): void {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
}

/** The tag for dates and voices. */
export function tag(language: Language): string {
  return language === "zh" ? "zh-CN" : "en-GB";
}

function read(): Language | undefined {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === "en" || kept === "zh" ? kept : undefined;
  } catch {
    return undefined;
  }
}
