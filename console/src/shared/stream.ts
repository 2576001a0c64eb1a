/**
 * Server-sent events that lose nothing: a broken line is joined again after the last id seen, with a wait that grows.
 *
 * Browsers join again by themselves only after a line that broke, not after an answer that was refused (a proxy's 502, a
 * platform that starts), so this does both.
 */
import { useEffect, useRef, useState } from "react";

export type LineState = { state: "connecting" | "open" | "lost"; since: number };

/** The longest wait before the next try, in milliseconds. */
const LONGEST_WAIT = 15_000;

/**
 * Follows `url` while the component is there (null: does not). `kinds` names the events to be told of; `tell` gets the kind,
 * its data and its id.
 */
export function useStream(
  url: string | null,
  kinds: readonly string[],
  tell: (kind: string, data: unknown, id: string) => void,
): LineState {
  const [line, setLine] = useState<LineState>({ state: "connecting", since: Date.now() });
  const latest = useRef(tell);
  latest.current = tell;
  const listened = kinds.join(",");
  useEffect(() => {
    if (url === null) return;
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let wait = 500;
    let last = "";
    let ended = false;
    const change = (state: LineState["state"]) =>
      setLine((before) => (before.state === state ? before : { state, since: Date.now() }));
    const join = () => {
      const after = last === "" ? "" : `${url.includes("?") ? "&" : "?"}after=${encodeURIComponent(last)}`;
      source = new EventSource(url + after);
      source.onopen = () => {
        wait = 500;
        change("open");
      };
      source.onerror = () => {
        if (ended) return;
        change("lost");
        source?.close();
        timer = setTimeout(join, wait + Math.random() * 300);
        wait = Math.min(wait * 2, LONGEST_WAIT);
      };
      for (const kind of listened.split(",")) {
        source.addEventListener(kind, (event: MessageEvent<string>) => {
          if (event.lastEventId) last = event.lastEventId;
          latest.current(kind, JSON.parse(event.data), event.lastEventId);
        });
      }
    };
    change("connecting");
    join();
    return () => {
      ended = true;
      source?.close();
      clearTimeout(timer);
    };
  }, [url, listened]);
  return line;
}
