/** Server-sent events for pages: a {@link follow}ed line for as long as a component is there. */
import { useEffect, useRef, useState } from "react";
import { serverNow } from "./clock";
import { follow, type LineState, type Teller } from "./line";

export type { LineState } from "./line";

/**
 * Follows `url` while the component is there (null: does not). `kinds` names the events to be told of; `tell` gets the kind,
 * its data and its id.
 */
export function useStream(url: string | null, kinds: readonly string[], tell: Teller): LineState {
  const [line, setLine] = useState<LineState>({ state: "connecting", since: serverNow() });
  const latest = useRef(tell);
  latest.current = tell;
  const listened = kinds.join(",");
  useEffect(() => {
    if (url === null) return;
    return follow(url, listened.split(","), (kind, data, id) => latest.current(kind, data, id), setLine);
  }, [url, listened]);
  return line;
}
