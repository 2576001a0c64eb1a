// The page /welcome: greets people on a wall, by a link that can be taken back.

import "../shared/base.css";
import "./welcome.css";
import { goFull, stayLit } from "../shared/awake.ts";
import { Backoff } from "../shared/backoff.ts";
import { timeOf } from "../shared/clock.ts";
import { el, say, show } from "../shared/dom.ts";
import { apply, type Language, preferred, tag } from "../shared/language.ts";
import { keepCurrent } from "../shared/version.ts";
import { enter, follow, type Greeting, type Settings, type Setup } from "./box.ts";
import { Cards, type Phrase, preload } from "./cards.ts";
import { Guests, type Rules } from "./guests.ts";
import { Idle } from "./idle.ts";
import { speak } from "./speech.ts";
import { greet, spoken, words } from "./words.ts";

/** Greetings at one time: in one column, in two, and on a screen that stands. */
const ROOM = { one: 3, two: 6, standing: 4 } as const;
/** How much later than the delay a greeting may come for the sake of its picture, milliseconds. */
const PATIENCE = 1500;

const screen = document.getElementById("screen") as HTMLElement;
const idle = new Idle();
const cards = new Cards();
const guests = new Guests();
const lineText = el("p", { class: "line", role: "status", hidden: true });
const root = el("div", { class: "welcome" }, idle.root, cards.root, lineText);

let language: Language = preferred();
let settings: Settings | undefined;
let awaySince: Date | undefined;

function rules({ stay_s, columns, vip_large }: Settings): Rules {
  const lying = columns === 2 ? ROOM.two : ROOM.one;
  const room = innerHeight > innerWidth ? ROOM.standing : lying;
  return { stay: stay_s * 1000, room, vipLarge: vip_large };
}

function setup({ settings: now, media }: Setup): void {
  settings = now;
  language = now.language === "auto" ? preferred() : now.language;
  apply(language);
  if (now.theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = now.theme;
  idle.set(now, media);
  tick();
  render();
}

function phrase(greeting: Greeting): Phrase {
  const text = words(language);
  const more = {
    employee: "",
    vip: "",
    visitor: text.visitorMore,
    stranger: text.strangerMore,
    blacklist: text.blacklistMore,
  };
  return {
    title: greet(greeting.kind, greeting.name, settings?.words ?? {}, text),
    more: more[greeting.kind],
  };
}

async function arrive(greeting: Greeting): Promise<void> {
  if (!settings) return;
  await preload(greeting, settings.delay_ms, settings.delay_ms + PATIENCE);
  const isNew = guests.arrive(greeting, performance.now(), rules(settings));
  render();
  if (isNew && settings.speech && greeting.kind === "visitor")
    speak(spoken(phrase(greeting).title), tag(language));
}

function render(): void {
  if (!settings) return;
  const list = guests.list();
  cards.show(list, guests.honoured(rules(settings)), settings.columns, phrase);
  root.classList.toggle("busy", list.length > 0);
}

function line(state: "open" | "away" | "full"): void {
  if (state === "open") awaySince = undefined;
  else awaySince ??= new Date();
  const text = words(language);
  const time = awaySince ? timeOf(awaySince, language) : "";
  say(lineText, state === "full" ? text.full : text.offline.replace("{time}", time));
  show(lineText, state !== "open");
}

function tick(): void {
  idle.tick(new Date(), language);
  if (guests.leave(performance.now())) render();
}

function notice(title: string, text: string): void {
  const card = el("div", { role: "status" }, el("h1", {}, title), el("p", {}, text));
  screen.replaceChildren(el("div", { class: "notice" }, card));
}

/** The secret of the link: behind `#`, where it never travels, or `?key=`. It does not stay in the address. */
function secret(): string | undefined {
  const given = location.hash.slice(1) || new URLSearchParams(location.search).get("key");
  if (given) history.replaceState(null, "", location.pathname);
  return given || undefined;
}

async function admit(key: string): Promise<boolean> {
  const backoff = new Backoff(2000, 20_000);
  for (;;) {
    const outcome = await enter(key);
    if (outcome !== "later") return outcome === "ok";
    notice(words(language).connecting, words(language).waitText);
    await new Promise((resolve) => setTimeout(resolve, backoff.next()));
  }
}

async function start(): Promise<void> {
  apply(language);
  stayLit();
  document.addEventListener("contextmenu", (event) => event.preventDefault());
  document.addEventListener("click", () => void goFull());
  window.addEventListener("hashchange", () => location.reload());
  void keepCurrent();
  const key = secret();
  const wasRefused = key !== undefined && !(await admit(key));
  if (wasRefused) return notice(words(language).revokedTitle, words(language).revokedText);
  let known = key !== undefined;
  tick();
  setInterval(tick, 250);
  await follow({
    setup: (told) => {
      known = true;
      if (!root.isConnected) screen.replaceChildren(root);
      setup(told);
    },
    greeting: (greeting) => void arrive(greeting),
    line: (state) => {
      if (!root.isConnected && state !== "open") notice(words(language).connecting, words(language).waitText);
      line(state);
    },
    refused: () => {
      const text = words(language);
      if (known) notice(text.revokedTitle, text.revokedText);
      else notice(text.linkTitle, text.linkText);
    },
  });
}

void start();
