// The page /pad: a browser with a camera becomes a gate terminal. First it is paired, once; then it looks, for months.

import "../shared/base.css";
import "./pad.css";
import { stayLit } from "../shared/awake.ts";
import { Backoff } from "../shared/backoff.ts";
import { el } from "../shared/dom.ts";
import { apply, choose, preferred } from "../shared/language.ts";
import { keepCurrent } from "../shared/version.ts";
import { type Seat, whoAmI } from "./link.ts";
import { askForCode } from "./pairing.ts";
import { Terminal } from "./terminal.ts";
import { words } from "./words.ts";

const screen = document.getElementById("screen") as HTMLElement;
let language = preferred();
let terminal: Terminal | undefined;
let endPairing = () => {};

function turnLanguage(): void {
  language = language === "zh" ? "en" : "zh";
  choose(language);
  apply(language);
}

function look(seat: Seat): void {
  endPairing();
  terminal ??= new Terminal(screen, language, {
    turnLanguage: () => {
      turnLanguage();
      return language;
    },
    unknown: () => ask(true),
  });
  terminal.begin(seat, language);
}

function ask(again: boolean): void {
  endPairing();
  endPairing = askForCode(screen, {
    again,
    language,
    turnLanguage: () => {
      turnLanguage();
      ask(again);
    },
    done: look,
  });
}

/** Without an encrypted line there is no camera: says so, and where there is one. */
function insecure(): void {
  const text = words(language);
  const address = `https://${location.host}/pad${location.hash}`;
  const shown = address.replace(/#.*/, "");
  const card = el("div", {}, el("h1", {}, text.secureTitle), el("p", {}, text.secureText));
  card.append(el("a", { class: "address", href: address }, shown), el("p", {}, text.secureMore));
  screen.replaceChildren(el("div", { class: "notice" }, card));
}

async function start(): Promise<void> {
  apply(language);
  document.addEventListener("contextmenu", (event) => event.preventDefault());
  if (!window.isSecureContext || !navigator.mediaDevices) return insecure();
  stayLit();
  void keepCurrent();
  const backoff = new Backoff();
  for (;;) {
    // A code in the address wins over what this browser was before.
    const seat = location.hash.startsWith("#code=") ? "unknown" : await whoAmI();
    if (seat === "unknown") return ask(false);
    if (seat !== "away") return look(seat);
    const text = words(language);
    const card = el(
      "div",
      {},
      el("h1", {}, text.offline),
      el("p", { role: "status" }, `${text.offlineMore}…`),
    );
    screen.replaceChildren(el("div", { class: "notice" }, card));
    await new Promise((resolve) => setTimeout(resolve, backoff.next()));
  }
}

void start();
