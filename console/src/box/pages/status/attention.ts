/** What somebody should look at, found in the facts of a status: worst first, each with the page where it can be mended. */

import { lasting } from "@/shared/time";
import { inWords } from "@/shared/trace/found";
import type { Language, Words } from "@/shared/words";
import type { Schema } from "../../api";
import type { needs, says } from "./words";

type Said<T> = T extends Words<infer Sentences> ? Sentences : never;
export type Need = {
  key: string;
  level: "error" | "warning" | "info";
  text: string;
  /** Where it can be mended. */
  to: string;
  search?: Record<string, string | boolean>;
};

/** Clocks may be this far apart, in milliseconds. */
const CLOCKS_APART = 30_000;

export function attention(
  status: Schema<"BoxStatus">,
  clockApart: number,
  w: Said<typeof needs>,
  names: Said<typeof says>,
  language: Language,
): Need[] {
  const found: Need[] = [];
  const need = (level: Need["level"], key: string, text: string, to: string, search?: Need["search"]) =>
    found.push({ key, level, text, to, search });

  const { login } = status;
  if (login.state === "logging_in" && login.failures > 0) {
    need("error", "login", w.login(inWords(login.reason ?? "", language)), "/platform");
  }
  for (const leg of status.broker) {
    if (leg.state !== "down" && leg.state !== "blocked") continue;
    need(
      "error",
      `leg ${leg.name}`,
      w.leg(legName(leg.name, names), inWords(leg.reason, language)),
      "/platform",
    );
  }
  for (const camera of status.cameras) {
    const page = `/cameras/${encodeURIComponent(camera.name)}`;
    if (camera.state === "offline")
      need("error", `camera ${camera.name}`, w.camera(camera.name, inWords(camera.reason, language)), page);
    else if (camera.last_refusal)
      need(
        "warning",
        `refusal ${camera.name}`,
        w.refusals(camera.name, inWords(camera.last_refusal.reason, language)),
        page,
      );
  }
  for (const door of status.doors.doors) {
    const last = door.last[0]?.result ?? "";
    const why = door.trouble ?? (door.failures > 0 ? last.replace(/^failed: /, "") : null);
    if (why)
      need(
        "error",
        `door ${door.place}`,
        w.door(inWords(door.place, language), inWords(why, language)),
        "/doors",
      );
  }
  if (status.doors.mode !== "opendoor" && status.doors.doors.length > 0)
    need("warning", "mode", w.mode, "/doors");
  for (const lane of status.uploads) {
    if (isRefused(lane))
      need(
        "warning",
        `lane ${lane.purpose} ${lane.target}`,
        w.receiver(lane.target, inWords(lane.last_answer, language)),
        "/uploads",
      );
  }
  if (status.recognition.lost > 0) need("error", "lost", w.lost(status.recognition.lost), "/system");
  if (status.events.dropped_unsent > 0)
    need("error", "dropped", w.dropped(status.events.dropped_unsent), "/uploads");
  if (status.without_face.length > 0)
    need("warning", "photos", w.photos(status.people - status.faces), "/people", { recognisable: false });
  if (status.thresholds?.warning)
    need("warning", "thresholds", inWords(status.thresholds.warning, language), "/recognition");
  if (status.local_api_auth === "none") need("error", "open", w.open, "/system");
  for (const text of status.local_api_warnings)
    need("warning", `api ${text}`, inWords(text, language), "/system");
  if (Math.abs(clockApart) > CLOCKS_APART)
    need("warning", "clock", w.clock(lasting(Math.abs(clockApart), language)), "/system");
  if (status.cameras.length === 0) need("info", "no camera", w.noCamera, "/cameras");
  if (status.people === 0) need("info", "nobody", w.nobody, "/people");
  const order = { error: 0, warning: 1, info: 2 };
  return found.sort((a, b) => order[a.level] - order[b.level]);
}

/** Whether a receiver did not take what it was sent last. */
export function isRefused(lane: Schema<"UploadLane">): boolean {
  return lane.next_attempt_at > 0 || (lane.last_at > 0 && lane.last_answer !== "accepted");
}

export function legName(name: string, names: Said<typeof says>): string {
  return (names.legs as Record<string, string>)[name] ?? name;
}
