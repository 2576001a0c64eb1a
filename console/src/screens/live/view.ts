/** The wall's page: one element for each event, made of texts alone; nothing that came over the line is taken for markup. */
import type { components } from "@/generated/platform";
import { serverNow } from "@/shared/clock";
import type { LineState } from "@/shared/line";
import { ago, exactly, shortly } from "@/shared/when";
import { language, w } from "./words";

export type WallEvent = components["schemas"]["WallEvent"];

/** Events on the wall. */
export const ROOM = 24;

type Attributes = Record<string, string>;

function made<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export class View {
  private readonly line = made("p", { class: "line", role: "status" });
  private readonly list = made("ul", { class: "events" });
  private readonly empty = made("p", { class: "empty" }, w.nothing);
  private told: LineState = { state: "connecting", since: serverNow() };

  constructor(root: HTMLElement, name: string) {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    document.title = `${name} · Menshen`;
    this.list.setAttribute("aria-label", w.title);
    root.replaceChildren(made("header", {}, made("h1", {}, name), this.line), this.empty, this.list);
  }

  /** Puts an event on top, or in the place where it is already. */
  show(event: WallEvent): void {
    const card = cardOf(event);
    const known = this.list.querySelector(`[data-event="${CSS.escape(event.id)}"]`);
    if (known) known.replaceWith(card);
    else this.list.prepend(card);
    while (this.list.children.length > ROOM) this.list.lastElementChild?.remove();
    this.empty.hidden = this.list.children.length > 0;
    this.tick();
  }

  tellLine(line: LineState): void {
    this.told = line;
    this.line.dataset.line = line.state;
    this.tick();
  }

  /** Tells anew how old everything is. */
  tick(): void {
    const now = serverNow();
    const { state, since } = this.told;
    const line =
      state === "open" ? w.live : state === "lost" ? w.lost(exactly(since, language)) : w.connecting;
    // What a reader reads aloud is not said again while it stays the same.
    if (this.line.textContent !== line) this.line.textContent = line;
    for (const time of this.list.querySelectorAll("time")) {
      const at = Date.parse(time.dateTime);
      const text = w.when(ago(Math.min(at, now), now, language), shortly(at, now, language));
      if (time.textContent !== text) time.textContent = text;
    }
  }

  /** Nothing is shown any more, and why. */
  static refuse(root: HTMLElement, why: string): void {
    root.replaceChildren(
      made("div", { class: "refused", role: "alert" }, made("h1", {}, w.refusedTitle), why),
    );
  }
}

function cardOf(event: WallEvent): HTMLElement {
  const name = event.stranger ? w.stranger : (event.name ?? w.somebody);
  const type = event.person_type ? (w.types[event.person_type] ?? "") : "";
  const kind = event.verdict ?? (event.stranger ? "stranger" : "known");
  const verdict = event.verdict ? (w.verdicts[event.verdict] ?? event.verdict) : w.known;
  const where = [event.box_name, event.site].filter(Boolean).join(" · ");
  const time = new Date(event.at);
  const pictures = [picture(event.reg, w.reg(name)), picture(event.spot, w.spot(name))];
  return made(
    "li",
    { "data-event": event.id, class: event.person_type === 3 ? "card alarm" : "card" },
    made("div", { class: "pictures" }, ...pictures.filter((one) => one !== null)),
    made(
      "div",
      { class: "text" },
      made("div", { class: "name" }, name),
      made("div", {}, made("span", { class: `verdict ${kind}` }, verdict), event.stranger ? "" : ` ${type}`),
      made("div", { class: "where" }, where),
      made("time", { datetime: time.toISOString() }),
    ),
  );
}

function picture(url: string | null | undefined, alt: string): HTMLElement | null {
  if (!url) return null;
  const image = made("img", { src: url, alt, decoding: "async" });
  image.addEventListener("error", () => image.remove());
  return image;
}
