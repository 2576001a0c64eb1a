// What is seen while nobody comes: the house's name, a clock, its background, or its videos one after the other.

import { dateOf, timeOf } from "../shared/clock.ts";
import { el, mark, say, show } from "../shared/dom.ts";
import type { Language } from "../shared/language.ts";
import { fileOf, type Media, type Settings } from "./box.ts";

/** After a video that cannot be played the next one waits, so that broken files do not keep the device busy. */
const PAUSE = 5000;

export class Idle {
  private readonly background = el("img", { class: "background", alt: "", hidden: true });
  private readonly video = el("video", {
    class: "film",
    playsinline: true,
    "aria-hidden": "true",
    hidden: true,
  });
  private readonly logo = el("img", { class: "logo", alt: "", hidden: true });
  private readonly time = el("time", { class: "time" });
  private readonly date = el("p", { class: "date" });
  private readonly title = el("h1");
  private readonly subtitle = el("p", { class: "subtitle" });
  readonly root = el(
    "div",
    { class: "idle" },
    this.background,
    this.video,
    el("div", { class: "shade" }),
    this.logo,
    el("div", { class: "house" }, this.title, this.subtitle),
    el("div", { class: "now" }, this.time, this.date),
  );
  private films: Media[] = [];
  private place = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.video.onended = () => this.next();
    this.video.onerror = () => this.later();
  }

  set(settings: Settings, media: Media[]): void {
    say(this.title, settings.title);
    say(this.subtitle, settings.subtitle);
    this.root.classList.toggle("named", settings.title !== "" || settings.subtitle !== "");
    picture(
      this.logo,
      media.find((piece) => piece.kind === "logo"),
    );
    picture(
      this.background,
      media.find((piece) => piece.kind === "background"),
    );
    this.video.muted = !settings.video_sound;
    const films = media.filter((piece) => piece.kind === "video");
    const same =
      films.length === this.films.length && films.every((film, at) => film.id === this.films[at]?.id);
    this.films = films;
    this.root.classList.toggle("plays", films.length > 0);
    this.root.classList.toggle(
      "pictured",
      films.length > 0 || media.some((piece) => piece.kind === "background"),
    );
    if (!same) {
      this.place = -1;
      this.next();
    }
  }

  tick(now: Date, language: Language): void {
    say(this.time, timeOf(now, language));
    say(this.date, dateOf(now, language));
  }

  private next(): void {
    clearTimeout(this.timer);
    if (this.films.length === 0) {
      this.video.removeAttribute("src");
      this.video.load();
      show(this.video, false);
      return;
    }
    this.place = (this.place + 1) % this.films.length;
    const film = this.films[this.place];
    if (!film) return;
    show(this.video, true);
    this.video.src = fileOf(film);
    this.video.play().catch((error: unknown) => {
      // A browser that lets nothing sound before a touch plays it in silence.
      const mayBeSilent =
        error instanceof DOMException && error.name === "NotAllowedError" && !this.video.muted;
      if (!mayBeSilent) return;
      this.video.muted = true;
      void this.video.play().catch(() => this.later());
    });
  }

  private later(): void {
    if (!this.video.hasAttribute("src")) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.next(), PAUSE);
  }
}

function picture(image: HTMLImageElement, media: Media | undefined): void {
  if (media) mark(image, "src", fileOf(media));
  else image.removeAttribute("src");
  show(image, Boolean(media));
}
