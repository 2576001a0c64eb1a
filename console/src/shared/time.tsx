/** Times as people read them, and the age of a fact beside every state that rests on it. */
import { Tooltip } from "antd";
import { useSyncExternalStore } from "react";
import { serverNow } from "./clock";
import { ago, exactly } from "./when";
import { useLanguage } from "./words";

export { ago, exactly, lasting } from "./when";

/** What lies ahead by less was just now: clocks and ways differ by so much; in milliseconds. */
const JUST_NOW = 5_000;

let now = serverNow();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (!timer) {
    // Nobody has asked for the time for a while.
    now = serverNow();
    timer = setInterval(() => {
      now = serverNow();
      for (const each of listeners) each();
    }, 1000);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && timer) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** The server's time, told anew each second by one clock for the whole page. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}

/** The age of a fact (`of`: milliseconds since 1970), with the exact time on hover; null: `never`. */
export function Age({ of, never = "–" }: { of: number | null | undefined; never?: string }) {
  const language = useLanguage();
  const at = useNow();
  if (of === null || of === undefined) return <span>{never}</span>;
  return (
    <Tooltip title={exactly(of, language)}>
      <time dateTime={new Date(of).toISOString()} style={{ whiteSpace: "nowrap" }}>
        {ago(of - at < JUST_NOW ? Math.min(of, at) : of, at, language)}
      </time>
    </Tooltip>
  );
}

/** How long it is until a moment that lies ahead; "now" once it has come. */
export function Until({ at }: { at: number }) {
  const language = useLanguage();
  const now = useNow();
  return (
    <Tooltip title={exactly(at, language)}>
      <time dateTime={new Date(at).toISOString()} style={{ whiteSpace: "nowrap" }}>
        {ago(Math.max(at, now), now, language)}
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
