// A pad at work: looks through the camera, sends what may be a face, and shows what the box says of it.

import { goFull, isFull, leaveFull } from "../shared/awake.ts";
import { timeOf } from "../shared/clock.ts";
import type { Language } from "../shared/language.ts";
import { Camera, type Trouble } from "./camera.ts";
import { type Decision, type Shown, shown, type Told } from "./decision.ts";
import { Eye } from "./eye.ts";
import { Link, type Seat, type State } from "./link.ts";
import { Pace } from "./pace.ts";
import { Shutter } from "./shutter.ts";
import { Sound } from "./sound.ts";
import { type Said, View } from "./view.ts";
import { type Words, words } from "./words.ts";

export interface Surroundings {
  turnLanguage(): Language;
  unknown(): void;
}

/** How often is looked, milliseconds. */
const TICK = 110;
/** A judgement that takes so long is said to be under way, milliseconds. */
const SLOW = 700;
/** Below this the page lights the face, above the second it stops; 0 to 255. */
const LAMP = [45, 75] as const;
/** After a result nobody is looked at for so long: it is read first, milliseconds. */
const READ = 1600;

export class Terminal {
  private readonly view: View;
  private readonly camera: Camera;
  private readonly eye = new Eye();
  private readonly shutter = new Shutter();
  private readonly sound = new Sound();
  private readonly pace = new Pace();
  private link: Link | undefined;
  private seat: Seat | undefined;
  private state: State = { at: "connecting" };
  private busy = false;
  private people: number | undefined;
  private running = false;
  private trouble: Trouble | undefined;
  private taking = false;
  private lit = false;
  private result: { shown: Shown; until: number; decision: Decision } | undefined;

  constructor(
    private readonly screen: HTMLElement,
    private language: Language,
    private readonly around: Surroundings,
  ) {
    this.view = new View({
      language: () => this.turn(around.turnLanguage()),
      sound: () => {
        this.sound.toggle();
        this.label();
      },
      turn: () => void this.camera.turn(),
      full: () => void (isFull() ? leaveFull() : goFull()),
      retry: () => void this.camera.open(),
    });
    this.camera = new Camera(this.view.video, {
      running: (mirrored) => this.seen(mirrored),
      trouble: (trouble) => this.blind(trouble),
    });
    this.view.video.parentElement?.addEventListener("click", () => {
      this.sound.touched();
      void goFull();
    });
    document.addEventListener("fullscreenchange", () => this.label());
    setInterval(() => void this.tick(), TICK);
  }

  begin(seat: Seat, language: Language): void {
    this.seat = seat;
    this.language = language;
    this.view.attach(this.screen);
    this.label();
    this.render();
    this.link?.stop();
    this.link = new Link(seat.camera, {
      state: (state) => this.connected(state),
      told: (told) => this.told(told),
      unknown: () => this.end(),
    });
    void this.camera.open();
  }

  private get words(): Words {
    return words(this.language);
  }

  private turn(language: Language): void {
    this.language = language;
    this.label();
    if (this.result) this.result.shown = this.read(this.result.decision) ?? this.result.shown;
    this.render();
  }

  private label(): void {
    if (!this.seat) return;
    const { direction, camera } = this.seat;
    this.view.label(this.words, direction, camera, this.sound.on, isFull());
  }

  /** The box does not know this browser any more. */
  private end(): void {
    this.link?.stop();
    this.link = undefined;
    this.result = undefined;
    this.running = false;
    this.camera.close();
    this.around.unknown();
  }

  private connected(state: State): void {
    this.state = state;
    if (state.at !== "open") this.pace.forget();
    this.render();
  }

  private told(told: Told): void {
    const now = performance.now();
    switch (told.type) {
      case "decision":
        this.pace.answered(now, told.faces > 0);
        this.busy = false;
        this.decided(told, now);
        break;
      case "superseded":
        this.pace.answered(now, false);
        break;
      case "error":
        this.pace.answered(now, false);
        this.busy = told.code === "busy";
        this.render();
        break;
      case "health":
        this.busy = told.state === "busy";
        this.people = told.people;
        break;
      case "hello":
        break;
    }
  }

  private read(decision: Decision): Shown | undefined {
    return shown(decision, this.seat?.direction ?? "in", this.words);
  }

  private decided(decision: Decision, now: number): void {
    const next = this.read(decision);
    if (next) {
      const isNew = !decision.repeated && next.tone !== "advice" && next.tone !== this.result?.shown.tone;
      if (isNew) this.sound.play(next.tone === "ok");
      if (next.tone === "ok" || next.tone === "refused") this.pace.quiet(now, READ);
      // A passing doubt does not wipe away what has just been said.
      const stands =
        this.result && this.result.until > now && next.tone === "advice" && this.result.shown.tone === "ok";
      if (!stands) this.result = { shown: next, until: now + next.stays, decision };
    }
    this.render();
  }

  private seen(mirrored: boolean): void {
    this.running = true;
    this.trouble = undefined;
    this.view.mirror(mirrored);
    this.render();
  }

  private blind(trouble: Trouble): void {
    this.running = false;
    this.trouble = trouble;
    this.render();
  }

  private async tick(): Promise<void> {
    if (!this.link || document.visibilityState !== "visible") return;
    const now = performance.now();
    this.view.tick(timeOf(new Date(), this.language));
    if (!this.running) return;
    const look = this.eye.look(this.view.video);
    if (look?.moved) this.pace.moved(now);
    if (look) this.light(look.brightness, now);
    if (this.pace.lost(now)) {
      this.pace.forget();
      this.link.renew();
    }
    if (this.link.isOpen && !this.taking && this.pace.wants(now)) await this.take(now);
    this.render();
  }

  private async take(now: number): Promise<void> {
    this.taking = true;
    try {
      const picture = await this.shutter.take(this.view.video);
      if (picture && this.link?.send(picture)) this.pace.sent(now);
    } finally {
      this.taking = false;
    }
  }

  private light(brightness: number, now: number): void {
    this.lit = this.pace.awake(now) && brightness < LAMP[this.lit ? 1 : 0];
    this.view.lamp(this.lit);
  }

  /** Shows what holds now, the most urgent first. */
  private render(): void {
    if (!this.link) return;
    this.renderLine();
    this.view.retry(this.trouble === "refused" ? this.words.retry : "");
    this.view.say(this.running ? this.lookedAt(performance.now()) : this.sightless());
  }

  private sightless(): Said {
    const { words } = this;
    switch (this.trouble) {
      case "refused":
        return { tone: "wait", title: words.cameraRefused, text: words.cameraRefusedMore, glyph: "turn" };
      case "none":
        return { tone: "wait", title: words.cameraNone, text: words.cameraNoneMore, glyph: "turn" };
      case "busy":
        return { tone: "wait", title: words.cameraBusy, text: words.cameraBusyMore, glyph: "turn" };
      case undefined:
        return { tone: "wait", title: words.cameraStart, text: "", glyph: "turn" };
    }
  }

  private lookedAt(now: number): Said {
    if (this.result && this.result.until > now) return this.result.shown;
    this.result = undefined;
    const { words } = this;
    if (this.state.at !== "open")
      return { tone: "wait", title: words.wait, text: words.offline, glyph: "line" };
    if (this.busy) return { tone: "wait", title: words.wait, text: words.waitMore, glyph: "wait" };
    const awake = this.pace.awake(now);
    if (awake && this.pace.waited(now) > SLOW)
      return { tone: "look", title: words.looking, text: "", glyph: "face" };
    const text = this.people === 0 ? words.noPeople : words.idleMore;
    return { tone: awake ? "look" : "idle", title: words.idle, text, glyph: "face" };
  }

  private renderLine(): void {
    const { state, words } = this;
    if (state.at === "away") {
      const seconds = Math.max(0, Math.ceil((state.until - Date.now()) / 1000));
      this.view.lineSays(`${words.offlineMore} · ${seconds} s`);
    } else {
      this.view.lineSays(state.at === "connecting" ? words.connecting : "");
    }
  }
}
