// What is seen at a pad: the mirrored picture, the ring, a panel with the words, and buttons that come with a touch.

import { el, mark, say, show, svg } from "../shared/dom.ts";
import type { Shown } from "./decision.ts";
import { draw, glyph } from "./glyphs.ts";
import type { Words } from "./words.ts";

export interface Actions {
  language(): void;
  sound(): void;
  turn(): void;
  full(): void;
  retry(): void;
}

/** What stands in the panel. */
export type Said = Pick<Shown, "tone" | "title" | "text" | "glyph"> & Partial<Shown>;

const BUTTONS = ["language", "sound", "turn", "full"] as const;
type Button = (typeof BUTTONS)[number];
const BUTTON_GLYPHS: Record<Button, string> = {
  language: "language",
  sound: "mute",
  turn: "turn",
  full: "full",
};
/** How long the buttons stay after a touch, milliseconds. */
const STAY = 8000;

export class View {
  readonly video = el("video", { class: "picture", playsinline: true, "aria-hidden": "true" });
  private readonly ringGlyph = glyph("face");
  private readonly badge = glyph("check");
  private readonly doorGlyph = glyph("door_open");
  private readonly title = el("h1");
  private readonly text = el("p", { class: "text" });
  private readonly door = el("span");
  private readonly doorLine = el("p", { class: "door", hidden: true }, this.doorGlyph, this.door);
  private readonly again = el("button", {
    type: "button",
    class: "button",
    hidden: true,
    click: () => this.actions.retry(),
  });
  private readonly photo = el("img", { class: "photo", alt: "", hidden: true });
  private readonly place = el("span");
  private readonly clock = el("time", { class: "clock" });
  private readonly lineText = el("span");
  private readonly line = el("p", { class: "line", hidden: true }, glyph("line"), this.lineText);
  private readonly buttons = buttons((button) => this.actions[button]());
  private readonly bar = el("div", { class: "bar" }, ...Object.values(this.buttons));
  private readonly root: HTMLElement;
  private portrayed: string | undefined;
  private hiding: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly actions: Actions) {
    const said = el("div", { class: "said" }, this.title, this.text, this.doorLine, this.again);
    const mark = el("div", { class: "badge" }, this.badge);
    const panel = el("div", { class: "panel", role: "status" }, mark, this.photo, said);
    const top = el("header", {}, this.clock, this.line, el("p", { class: "place" }, this.place));
    this.root = el(
      "div",
      { class: "pad", "data-tone": "idle" },
      this.video,
      ring(this.ringGlyph),
      top,
      panel,
      this.bar,
    );
    this.root.addEventListener("pointerdown", () => this.reveal());
    this.root.addEventListener("focusin", () => this.reveal());
  }

  attach(screen: HTMLElement): void {
    screen.replaceChildren(this.root);
    this.reveal();
  }

  /** The buttons, and whose pad this is. */
  label(words: Words, direction: "in" | "out", camera: string, sound: boolean, full: boolean): void {
    say(this.place, `${words[direction]} · ${camera}`);
    const labels: Record<Button, string> = {
      language: words.language,
      sound: sound ? words.soundOn : words.soundOff,
      turn: words.turn,
      full: full ? words.window : words.full,
    };
    for (const button of BUTTONS) {
      const label = this.buttons[button].lastElementChild;
      if (label) say(label, labels[button]);
    }
    const drawing = this.buttons.sound.firstElementChild;
    if (drawing instanceof SVGSVGElement) draw(drawing, sound ? "sound" : "mute");
  }

  /** What is said now. */
  say(shown: Said): void {
    mark(this.root, "data-tone", shown.tone);
    say(this.title, shown.title);
    say(this.text, shown.text);
    show(this.text, shown.text !== "");
    draw(this.ringGlyph, shown.glyph);
    draw(this.badge, shown.glyph);
    say(this.door, shown.door ?? "");
    draw(this.doorGlyph, shown.tone === "ok" ? "door_open" : "door_shut");
    show(this.doorLine, Boolean(shown.door));
    this.portray(shown.photo);
  }

  /** What is wrong with the line; empty: nothing. */
  lineSays(text: string): void {
    say(this.lineText, text);
    show(this.line, text !== "");
  }

  tick(time: string): void {
    say(this.clock, time);
  }

  /** Mirrored, as people know themselves, unless the camera looks away from the screen. */
  mirror(mirrored: boolean): void {
    this.video.classList.toggle("mirrored", mirrored);
  }

  /** In the dark the page itself is the lamp. */
  lamp(lit: boolean): void {
    this.root.classList.toggle("lamp", lit);
  }

  /** A button to try again; without a label there is none. */
  retry(label: string): void {
    say(this.again, label);
    show(this.again, label !== "");
  }

  private portray(photo: string | undefined): void {
    if (photo === this.portrayed) return;
    this.portrayed = photo;
    if (photo) this.photo.src = `data:;base64,${photo}`;
    else this.photo.removeAttribute("src");
    show(this.photo, Boolean(photo));
  }

  private reveal(): void {
    this.bar.classList.add("revealed");
    clearTimeout(this.hiding);
    this.hiding = setTimeout(() => this.bar.classList.remove("revealed"), STAY);
  }
}

function buttons(press: (button: Button) => void): Record<Button, HTMLButtonElement> {
  const make = (button: Button) => {
    const pressed = (event: Event) => {
      event.stopPropagation();
      press(button);
    };
    return el("button", { type: "button", click: pressed }, glyph(BUTTON_GLYPHS[button]), el("span"));
  };
  return { language: make("language"), sound: make("sound"), turn: make("turn"), full: make("full") };
}

/** The ring around a face: an oval of the proportions of one, and everything outside of it is dimmed. */
function ring(inside: SVGSVGElement): HTMLElement {
  const oval = { cx: 100, cy: 125, rx: 84, ry: 108 };
  const lines = svg("svg", { class: "oval", viewBox: "0 0 200 250", "aria-hidden": "true" });
  lines.append(
    svg("ellipse", { ...oval, class: "track" }),
    svg("ellipse", { ...oval, class: "sweep", pathLength: 100 }),
  );
  return el(
    "div",
    { class: "ring" },
    el("div", { class: "hole" }),
    lines,
    el("div", { class: "inside" }, inside),
  );
}
