/** Times and lengths of time in words; nothing here looks at a clock. */
import type { Language } from "./words";

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
];

/** "12 seconds ago", "in 3 days". */
export function ago(then: number, at: number, language: Language): string {
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
  const distance = then - at;
  for (const [unit, size] of STEPS) {
    if (Math.abs(distance) >= size) return format.format(Math.trunc(distance / size), unit);
  }
  return format.format(0, "second");
}

/** Date and time in full, by this browser's clock. */
export function exactly(then: number, language: Language): string {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" }).format(then);
}

/** The moment without the day when it is of today. */
export function shortly(then: number, now: number, language: Language): string {
  const isToday = new Date(then).toDateString() === new Date(now).toDateString();
  if (!isToday) return exactly(then, language);
  return new Intl.DateTimeFormat(language, { timeStyle: "short" }).format(then);
}

/** "1 d 4 h", "12 min", "8 s" of a length in milliseconds. */
export function lasting(ms: number, language: Language): string {
  const units: [number, string, string][] = [
    [86_400_000, "d", "天"],
    [3_600_000, "h", "小时"],
    [60_000, "min", "分"],
    [1000, "s", "秒"],
  ];
  const parts: string[] = [];
  let rest = ms;
  for (const [size, short, chinese] of units) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(language === "zh" ? `${count} ${chinese}` : `${count} ${short}`);
    if (parts.length === 2) break;
  }
  return parts.length > 0 ? parts.join(" ") : `${Math.round(ms)} ms`;
}
