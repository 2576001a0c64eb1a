/**
 * A line of server-sent events that loses nothing: a broken one is joined again after the last id seen, with a wait that grows.
 *
 * Browsers join again by themselves only after a line that broke, not after an answer that was refused (a proxy's 502, a
 * platform that starts), so this does both. Servers end their streams from time to time; that is no loss, and the line counts
 * as lost only when joining it again did not work.
 */
import { serverNow } from "./clock";

export type LineState = { state: "connecting" | "open" | "lost"; since: number };

/** The longest wait before the next try, in milliseconds. */
const LONGEST_WAIT = 15_000;
/** The line is shaky, not lost, for so long; in milliseconds. */
const FIRST_WAIT = 500;

/** What is told beside the kinds that were asked for: where the line begins, and that the server passed entries over. */
const HELLO = "hello";
const LAGGED = "lagged";

export type Teller = (kind: string, data: unknown, id: string) => void;

/** Follows `url`, telling the events of `kinds`; gives a function that ends it. */
export function follow(
  url: string,
  kinds: readonly string[],
  tell: Teller,
  change: (line: LineState) => void,
): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wait = FIRST_WAIT;
  let failures = 0;
  let last = "";
  let state: LineState["state"] = "connecting";
  const become = (next: LineState["state"]) => {
    if (state !== next) change({ state: next, since: serverNow() });
    state = next;
  };
  const again = (after: number) => {
    source?.close();
    clearTimeout(timer);
    timer = setTimeout(join, after);
  };
  const join = () => {
    const after = last === "" ? "" : `${url.includes("?") ? "&" : "?"}after=${encodeURIComponent(last)}`;
    source = new EventSource(url + after);
    source.onopen = () => {
      wait = FIRST_WAIT;
      failures = 0;
      become("open");
    };
    source.onerror = () => {
      failures += 1;
      if (failures > 1) become("lost");
      again(wait + Math.random() * 300);
      wait = Math.min(wait * 2, LONGEST_WAIT);
    };
    for (const kind of new Set([HELLO, LAGGED, ...kinds])) {
      source.addEventListener(kind, (event: MessageEvent<string>) => {
        if (event.lastEventId) last = event.lastEventId;
        const data: unknown = JSON.parse(event.data);
        // What was passed over is told when the line is joined again after the number before it.
        if (kind === LAGGED) {
          last = String((data as { after: number }).after);
          again(0);
        }
        if (kinds.includes(kind)) tell(kind, data, event.lastEventId);
      });
    }
  };
  change({ state, since: serverNow() });
  join();
  return () => {
    source?.close();
    clearTimeout(timer);
  };
}
