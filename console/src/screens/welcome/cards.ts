// The greetings on the screen: a card each, kept as long as its guest is there, and a VIP on the whole screen.

import { el, show } from "../shared/dom.ts";
import { type Greeting, pictureOf } from "./box.ts";
import type { Sentence } from "./words.ts";

export interface Phrase {
  title: Sentence;
  more: string;
}

interface Card {
  root: HTMLElement;
  release(): void;
}

export class Cards {
  private readonly list = el("div", { class: "cards" });
  private readonly honour = el("div", { class: "honour", hidden: true });
  readonly root = el("div", { class: "greetings", role: "status" }, this.list, this.honour);
  private readonly shown = new Map<number, Card>();
  private large: { id: number; card: Card } | undefined;

  show(
    greetings: readonly Greeting[],
    honoured: Greeting | undefined,
    columns: number,
    phrase: (greeting: Greeting) => Phrase,
  ): void {
    this.root.classList.toggle("two", columns === 2);
    this.root.classList.toggle("active", greetings.length > 0);
    this.enlarge(honoured, phrase);
    const here = new Set(greetings.map((greeting) => greeting.id));
    for (const [id, card] of this.shown) {
      if (here.has(id)) continue;
      card.release();
      this.shown.delete(id);
    }
    show(this.list, !honoured);
    this.list.dataset.count = String(greetings.length);
    greetings.forEach((greeting, place) => {
      const card = this.shown.get(greeting.id) ?? make(greeting, phrase(greeting), "card");
      this.shown.set(greeting.id, card);
      const there = this.list.children[place];
      if (there !== card.root) this.list.insertBefore(card.root, there ?? null);
    });
  }

  private enlarge(greeting: Greeting | undefined, phrase: (greeting: Greeting) => Phrase): void {
    show(this.honour, Boolean(greeting));
    if (greeting?.id === this.large?.id) return;
    this.large?.card.release();
    this.large = greeting && { id: greeting.id, card: make(greeting, phrase(greeting), "honoured") };
    if (this.large) this.honour.replaceChildren(this.large.card.root);
  }
}

function make(greeting: Greeting, { title, more }: Phrase, style: string): Card {
  // A name stays together: the line breaks before it.
  const name = title.name !== "" && el("span", { class: "name" }, title.name);
  const words = el("div", { class: "words" }, el("h2", {}, title.before, name, title.after));
  if (more) words.append(el("p", {}, more));
  const root = el("article", { class: `${style} ${greeting.kind}` });
  const image = hasPicture(greeting) ? el("img", { src: pictureOf(greeting), alt: "" }) : undefined;
  // A picture that does not come leaves the words alone.
  image?.addEventListener("error", () => image.parentElement?.remove());
  if (image) root.append(el("div", { class: "portrait" }, image));
  root.append(words);
  const release = () => {
    image?.removeAttribute("src");
    root.remove();
  };
  return { root, release };
}

/** Whoever is on the black list is never shown, whatever is sent. */
function hasPicture(greeting: Greeting): boolean {
  return greeting.picture && greeting.kind !== "blacklist";
}

/** Waits for a picture, but no longer than so many milliseconds: a greeting that comes late greets nobody. */
export async function preload(greeting: Greeting, least: number, most: number): Promise<void> {
  const pause = (time: number) => new Promise<void>((resolve) => setTimeout(resolve, time));
  const image = new Image();
  const loaded = hasPicture(greeting) ? load(image, pictureOf(greeting)) : Promise.resolve();
  await Promise.all([pause(least), Promise.race([loaded, pause(most)])]);
}

function load(image: HTMLImageElement, address: string): Promise<void> {
  image.src = address;
  return image.decode().catch(() => undefined);
}
