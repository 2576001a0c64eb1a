// The stream to the box: connects, and connects again for ever, until the box says that this browser is no pad any more.

import { Backoff } from "../shared/backoff.ts";
import { keepCurrent } from "../shared/version.ts";
import { read, type Told } from "./decision.ts";

export type State = { at: "connecting" } | { at: "open" } | { at: "away"; until: number };

export interface Listener {
  state(state: State): void;
  told(told: Told): void;
  /** The box does not know this browser (any more). */
  unknown(): void;
}

/** Which pad this browser is. */
export interface Seat {
  camera: string;
  direction: "in" | "out";
  door: boolean;
}

/** What is left unsent when a picture is worth nothing any more, bytes. */
const CLOGGED = 1 << 20;
/** The box speaks every ten seconds; when it is silent for so long, nobody is there. */
const SILENCE = 30_000;

export class Link {
  private socket: WebSocket | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly backoff = new Backoff();
  private heardAt = 0;
  private readonly watch = setInterval(() => this.look(), 5000);

  constructor(
    private readonly camera: string,
    private readonly listener: Listener,
  ) {
    this.connect();
  }

  get isOpen(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  /** Sends a picture; `false` when the line is not there, or too slow for pictures. */
  send(picture: Blob): boolean {
    const socket = this.socket;
    if (!socket || socket.readyState !== WebSocket.OPEN || socket.bufferedAmount > CLOGGED) return false;
    socket.send(picture);
    return true;
  }

  /** Drops the connection and makes another. */
  renew(): void {
    const socket = this.socket;
    if (!socket) return;
    this.release();
    socket.close();
    void this.retry();
  }

  /** For good. */
  stop(): void {
    clearInterval(this.watch);
    clearTimeout(this.timer);
    const socket = this.socket;
    this.release();
    socket?.close();
  }

  private connect(): void {
    this.listener.state({ at: "connecting" });
    const { protocol, host } = location;
    const scheme = protocol === "https:" ? "wss" : "ws";
    const url = `${scheme}://${host}/api/v1/pad/${encodeURIComponent(this.camera)}/stream?photo=true`;
    const socket = new WebSocket(url);
    this.socket = socket;
    this.heardAt = Date.now();
    socket.onopen = () => {
      this.heardAt = Date.now();
      this.backoff.reset();
      this.listener.state({ at: "open" });
      void keepCurrent();
    };
    socket.onmessage = ({ data }) => {
      this.heardAt = Date.now();
      const told = typeof data === "string" ? read(data) : undefined;
      if (told) this.listener.told(told);
    };
    socket.onclose = () => {
      this.release();
      void this.retry();
    };
  }

  /** A browser does not say why a stream was refused; the session does. */
  private async retry(): Promise<void> {
    const pause = this.backoff.next();
    this.listener.state({ at: "away", until: Date.now() + pause });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.again(), pause);
  }

  private async again(): Promise<void> {
    const answer = await whoAmI();
    if (this.socket) return;
    if (answer === "unknown") return this.listener.unknown();
    if (answer === "away") return this.retry();
    this.connect();
  }

  private look(): void {
    if (this.socket && Date.now() - this.heardAt > SILENCE) this.renew();
  }

  private release(): void {
    const socket = this.socket;
    this.socket = undefined;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
  }
}

/** Asks the box which pad this browser is. */
export async function whoAmI(): Promise<Seat | "unknown" | "away"> {
  try {
    const answer = await fetch("/api/v1/pad/session", { signal: AbortSignal.timeout(8000) });
    if (answer.status === 401) return "unknown";
    return answer.ok ? ((await answer.json()) as Seat) : "away";
  } catch {
    return "away";
  }
}

export type Paired = Seat | { wrong: "code" | "full" | "away" } | { wrong: "wait"; seconds: number };

/** Trades a code for a seat. */
export async function pair(code: string): Promise<Paired> {
  try {
    const answer = await fetch("/api/v1/pad/pair", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code }),
      signal: AbortSignal.timeout(10_000),
    });
    if (answer.ok) return (await answer.json()) as Seat;
    if (answer.status === 401) return { wrong: "code" };
    if (answer.status === 409) return { wrong: "full" };
    if (answer.status === 429)
      return { wrong: "wait", seconds: Number(answer.headers.get("retry-after")) || 60 };
    return { wrong: "away" };
  } catch {
    return { wrong: "away" };
  }
}
