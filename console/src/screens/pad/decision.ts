// What the box says on a pad's stream, and what is shown for it. No browser in here, so that it can be tested alone.

import type { Words } from "./words.ts";

/** A capture was judged. Only what the page uses. */
export interface Decision {
  type: "decision";
  capture: number;
  faces: number;
  verdict: "let_in" | "refused" | "possible" | "stranger" | "no_face";
  name: string | null;
  repeated: boolean;
  door: { driver: string; action: "open" | "close" | "alarm" | "none"; result: string } | null;
  screen: { code: string };
  guidance: { code: string }[];
  face: [number, number, number, number] | null;
  picture: [number, number] | null;
  photo?: string;
}

export type Told =
  | Decision
  | { type: "hello"; camera: string; max_bytes: number }
  | { type: "health"; state: "ready" | "busy"; people: number }
  | { type: "superseded"; capture: number }
  | { type: "error"; capture: number | null; code: string };

/** Colour and shape of what is shown; each has both, so that nobody needs to tell colours apart. */
export type Tone = "idle" | "look" | "advice" | "wait" | "ok" | "refused";

/** What a visitor sees. */
export interface Shown {
  tone: Tone;
  title: string;
  text: string;
  /** Said of the door; empty where there is nothing to say. */
  door: string;
  /** Which glyph stands in the ring. */
  glyph: string;
  /** Registration photo, base64. */
  photo: string | undefined;
  /** How long it stays at least, milliseconds. */
  stays: number;
}

const HINTS = [
  "no_face",
  "several_faces",
  "too_far",
  "hold_still",
  "look_straight",
  "not_whole",
  "too_dark",
  "too_bright",
];

/** Someone whose face is further from the middle than this part of the picture is asked to move. */
const ASIDE = 0.3;

export function shown(decision: Decision, direction: "in" | "out", words: Words): Shown | undefined {
  const { code } = decision.screen;
  const door = doorWords(decision, words);
  switch (code) {
    case "welcome": {
      const title = direction === "out" ? words.goodbye : words.welcome;
      return {
        ...result("ok", title, decision.name ?? "", "check"),
        door,
        photo: decision.photo,
        stays: 3500,
      };
    }
    case "door_failed":
      return { ...result("advice", words.door_failed, words.door_failedMore, "warn"), door, stays: 4000 };
    case "not_here":
    case "not_valid":
    case "ask":
    case "unknown":
      return { ...result("refused", words[code], words[`${code}More`], "cross"), door, stays: 3000 };
    case "no_face":
      return undefined;
    default:
      return advice(decision, words);
  }
}

function result(tone: Tone, title: string, text: string, glyph: string): Shown {
  return { tone, title, text, glyph, door: "", photo: undefined, stays: 0 };
}

/** What would help, in large letters; that it is asked again goes without saying. */
function advice(decision: Decision, words: Words): Shown {
  const code = hint(decision);
  const title = words[`hint_${code}` as keyof Words];
  return { ...result("advice", title, words.again, code), stays: 900 };
}

function hint(decision: Decision): string {
  const told = decision.guidance.find((hint) => HINTS.includes(hint.code))?.code;
  if (told) return told;
  return isAside(decision) ? "centre" : "again";
}

export function isAside({ face, picture }: Pick<Decision, "face" | "picture">): boolean {
  if (!face || !picture || picture[0] <= 0) return false;
  const middle = (face[0] + face[2]) / 2 / picture[0];
  return Math.abs(middle - 0.5) > ASIDE;
}

function doorWords({ door, verdict }: Decision, words: Words): string {
  if (!door || door.driver === "none") return "";
  if (door.result.startsWith("failed")) return words.doorFailed;
  if (door.action === "open") return words.doorOpen;
  return verdict === "let_in" ? "" : words.doorShut;
}

/** What the box says, if it can be read. */
export function read(text: string): Told | undefined {
  try {
    const told: unknown = JSON.parse(text);
    const isTold =
      typeof told === "object" && told !== null && "type" in told && typeof told.type === "string";
    return isTold ? (told as Told) : undefined;
  } catch {
    return undefined;
  }
}
