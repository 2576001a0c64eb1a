/** Times as people read them, and the age of a fact beside every state that rests on it. */
import { Tooltip } from "antd";
import { useSyncExternalStore } from "react";
import { type Language, useLanguage } from "./words";

let now = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && timer) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** The time, told anew each second by one clock for the whole page. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}

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

/** The age of a fact (`of`: milliseconds since 1970), with the exact time on hover; null: `never`. */
export function Age({ of, never = "–" }: { of: number | null | undefined; never?: string }) {
  const language = useLanguage();
  const at = useNow();
  if (of === null || of === undefined) return <span>{never}</span>;
  return (
    <Tooltip title={exactly(of, language)}>
      <time dateTime={new Date(of).toISOString()} style={{ whiteSpace: "nowrap" }}>
        {ago(of, Math.max(at, of), language)}
      </time>
    </Tooltip>
  );
}

/** A point in time, exactly. */
export function Moment({ of, never = "–" }: { of: number | null | undefined; never?: string }) {
  const language = useLanguage();
  if (of === null || of === undefined) return <span>{never}</span>;
  return <time dateTime={new Date(of).toISOString()}>{exactly(of, language)}</time>;
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
