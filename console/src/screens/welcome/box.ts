// What the box tells a greeting screen, and how the screen stays in touch: server-sent events read by hand, because only so it
// is known why a stream was refused.

import { Backoff } from "../shared/backoff.ts";
import { keepCurrent } from "../shared/version.ts";
import { EventReader } from "./events.ts";

export type Kind = "employee" | "visitor" | "blacklist" | "stranger" | "vip";

export interface Greeting {
  id: number;
  at: number;
  kind: Kind;
  who: string;
  name: string | null;
  picture: boolean;
}

export interface Settings {
  delay_ms: number;
  stay_s: number;
  columns: number;
  vip_large: boolean;
  speech: boolean;
  title: string;
  subtitle: string;
  words: Partial<Record<Kind, string>>;
  language: "auto" | "en" | "zh";
  theme: "auto" | "light" | "dark";
  video_sound: boolean;
}

export interface Media {
  id: string;
  kind: "logo" | "background" | "video";
  name: string;
}

export interface Setup {
  settings: Settings;
  media: Media[];
}

export interface Listener {
  setup(setup: Setup): void;
  greeting(greeting: Greeting): void;
  line(state: "open" | "away" | "full"): void;
  /** The link is not good (any more). */
  refused(): void;
}

const BASE = "/api/v1/welcome/screen";
/** The box speaks every ten seconds; when it is silent for so long, nobody is there. */
const SILENCE = 30_000;

export const pictureOf = (greeting: Greeting) => `${BASE}/pictures/${greeting.id}`;
export const fileOf = (media: Media) => `${BASE}/media/${media.id}`;

/** Trades the secret of a link for a cookie: `ok`, `wrong`, or `later`. */
export async function enter(key: string): Promise<"ok" | "wrong" | "later"> {
  try {
    const answer = await fetch(`${BASE}/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ key }),
      signal: AbortSignal.timeout(10_000),
    });
    if (answer.ok) return "ok";
    return answer.status === 401 || answer.status === 400 ? "wrong" : "later";
  } catch {
    return "later";
  }
}

/** Follows the box for ever, or until it refuses. */
export async function follow(listener: Listener): Promise<void> {
  const backoff = new Backoff();
  let last = "";
  for (;;) {
    const outcome = await once(listener, last, (id) => {
      last = id;
      backoff.reset();
    });
    if (outcome === "refused") return listener.refused();
    listener.line(outcome);
    await new Promise((resolve) => setTimeout(resolve, backoff.next()));
  }
}

/** One connection, until it ends. */
async function once(
  listener: Listener,
  last: string,
  heard: (id: string) => void,
): Promise<"away" | "full" | "refused"> {
  const abort = new AbortController();
  let watch = setTimeout(() => abort.abort(), SILENCE);
  try {
    const headers: Record<string, string> = { accept: "text/event-stream" };
    if (last) headers["last-event-id"] = last;
    const answer = await fetch(`${BASE}/stream`, { headers, signal: abort.signal, cache: "no-store" });
    if (answer.status === 401) return "refused";
    if (!answer.ok || !answer.body) return answer.status === 503 ? "full" : "away";
    listener.line("open");
    heard(last);
    void keepCurrent();
    const reader = new EventReader();
    const chunks = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await chunks.read();
      if (done) return "away";
      clearTimeout(watch);
      watch = setTimeout(() => abort.abort(), SILENCE);
      for (const event of reader.read(value)) {
        if (event.id) heard(event.id);
        if (event.name === "revoked") return "refused";
        if (event.name === "setup") listener.setup(JSON.parse(event.data) as Setup);
        if (event.name === "greeting") listener.greeting(JSON.parse(event.data) as Greeting);
      }
    }
  } catch {
    return "away";
  } finally {
    clearTimeout(watch);
    abort.abort();
  }
}
