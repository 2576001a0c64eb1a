// The time in a language, as a clock shows it; the formats are made once, because making one costs more than using it.

import { type Language, tag } from "./language.ts";

interface Formats {
  time: Intl.DateTimeFormat;
  date: Intl.DateTimeFormat;
}

const made = new Map<Language, Formats>();

function formats(language: Language): Formats {
  const known = made.get(language);
  if (known) return known;
  const fresh = {
    time: new Intl.DateTimeFormat(tag(language), { hour: "2-digit", minute: "2-digit" }),
    date: new Intl.DateTimeFormat(tag(language), { weekday: "long", day: "numeric", month: "long" }),
  };
  made.set(language, fresh);
  return fresh;
}

export function timeOf(moment: Date, language: Language): string {
  return formats(language).time.format(moment);
}

export function dateOf(moment: Date, language: Language): string {
  return formats(language).date.format(moment);
}
