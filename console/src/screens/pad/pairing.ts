// How a browser becomes a pad: eight digits on keys that need no keyboard, asked for once.

import { el, say, show } from "../shared/dom.ts";
import type { Language } from "../shared/language.ts";
import { glyph } from "./glyphs.ts";
import { pair, type Seat } from "./link.ts";
import { words } from "./words.ts";

const DIGITS = 8;

export interface Pairing {
  /** Whether it was a pad before. */
  again: boolean;
  language: Language;
  turnLanguage(): void;
  done(seat: Seat): void;
}

/** Asks for the code until one is good. Returns what ends it. */
export function askForCode(screen: HTMLElement, pairing: Pairing): () => void {
  const text = words(pairing.language);
  let typed = "";
  let busy = false;
  const boxes = Array.from({ length: DIGITS }, () => el("i"));
  const code = el("div", { class: "code", role: "img", "aria-live": "polite" }, ...boxes);
  const said = el("p", { class: "wrong", role: "alert", hidden: true });

  const render = () => {
    boxes.forEach((box, place) => {
      say(box, typed[place] ?? "");
      box.classList.toggle("next", place === typed.length);
    });
    code.setAttribute("aria-label", text.pairDigit.replace("{n}", String(typed.length)));
  };
  const complain = (complaint: string) => {
    say(said, complaint);
    show(said, complaint !== "");
  };
  const send = async () => {
    busy = true;
    complain(text.pairBusy);
    const answer = await pair(typed);
    busy = false;
    if (!("wrong" in answer)) return pairing.done(answer);
    typed = "";
    render();
    const complaints = { code: text.pairWrong, full: text.pairFull, away: text.pairFailed };
    const { wrong } = answer;
    complain(
      wrong === "wait" ? text.pairWait.replace("{seconds}", String(answer.seconds)) : complaints[wrong],
    );
  };
  const press = (key: string) => {
    if (busy) return;
    complain("");
    typed = key === "erase" ? typed.slice(0, -1) : (typed + key).slice(0, DIGITS);
    render();
    if (typed.length === DIGITS) void send();
  };
  const keyboard = (event: KeyboardEvent) => {
    if (/^[0-9]$/.test(event.key)) press(event.key);
    else if (event.key === "Backspace") press("erase");
  };

  const keys = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "", "0", "erase"].map((key) => {
    if (!key) return el("span");
    const content = key === "erase" ? glyph("erase") : key;
    const label = key === "erase" ? text.erase : undefined;
    return el("button", { type: "button", "aria-label": label, click: () => press(key) }, content);
  });
  const turn = el(
    "button",
    { type: "button", class: "turn", click: () => pairing.turnLanguage() },
    text.language,
  );
  const card = el(
    "div",
    { class: "pairing" },
    el("h1", {}, text.pairTitle),
    el("p", {}, pairing.again ? text.pairAgain : text.pairText),
    code,
    said,
    el("div", { class: "keys" }, ...keys),
    turn,
  );
  render();
  screen.replaceChildren(el("div", { class: "notice" }, card));
  document.addEventListener("keydown", keyboard);
  const end = () => document.removeEventListener("keydown", keyboard);

  const given = takeFromAddress();
  if (given) {
    typed = given;
    render();
    void send();
  }
  return end;
}

/** A code behind `#code=`, as the console's picture to scan holds it; it is good once, so it does not stay in the address. */
function takeFromAddress(): string | undefined {
  const given = /^#code=([0-9]{8})$/.exec(location.hash)?.[1];
  if (given) history.replaceState(null, "", location.pathname);
  return given;
}
