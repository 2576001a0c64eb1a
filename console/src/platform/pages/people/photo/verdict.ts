/** What the platform measured on a photo, read from its answer, with the limits each measurement has to keep. */

export type Box = [number, number, number, number];

export type Quality = {
  fails?: string[];
  info?: {
    brightness?: number;
    clarity?: number;
    face_size?: number;
    headpose?: { pitch_angle: number; yaw_angle: number; roll_angle: number };
    occlusion?: boolean[];
    partial?: boolean;
  };
};

export type Verdict = {
  judged: boolean;
  /** 0: usable; otherwise the protocol's status code. */
  code: number;
  /** The platform's own sentence, in English. */
  message: string;
  bbox?: Box | null;
  faces?: { bbox: Box; score: number }[];
  quality?: Quality | null;
};

export const USABLE = 0;
export const BAD_PICTURE = 40003;
export const NO_FACE = 40004;
export const POOR = 40006;
export const TOO_LARGE = 40007;
export const TOO_SMALL = 40009;

/** The verdict in an answer or in the detail of a refusal; null when there is none. */
export function readVerdict(told: unknown): Verdict | null {
  if (typeof told !== "object" || told === null || !("code" in told) || typeof told.code !== "number")
    return null;
  return told as Verdict;
}

/** What the platform demands of photos (its level "high"), for showing beside what was measured. */
export const LIMITS = { face_size: 112, angles: 60, darkest: 0.07, brightest: 0.9, clarity: 0.8 };

export type CheckName = "face_size" | "headpose" | "brightness" | "clarity" | "partial" | "occlusion";
export type Advice = "closer" | "straight" | "brighter" | "darker" | "steady" | "whole" | "uncovered";

export type Check = {
  name: CheckName;
  /** What was measured: a number, an answer to yes or no, or null where a word says it all. */
  value: number | boolean;
  passed: boolean;
  advice: Advice;
};

/** Each measurement with whether it passed; what was not measured is left out. */
export function checksOf(quality: Quality | null | undefined): Check[] {
  const info = quality?.info;
  if (!info) return [];
  const failed = new Set(quality?.fails);
  const all: Check[] = [];
  const add = (name: CheckName, value: number | boolean | undefined, advice: Advice) => {
    if (value !== undefined) all.push({ name, value, passed: !failed.has(name), advice });
  };
  const pose = info.headpose;
  add("face_size", info.face_size, "closer");
  add(
    "headpose",
    pose && Math.abs(pose.pitch_angle) + Math.abs(pose.yaw_angle) + Math.abs(pose.roll_angle),
    "straight",
  );
  add("brightness", info.brightness, (info.brightness ?? 0) < 0.5 ? "brighter" : "darker");
  add("clarity", info.clarity, "steady");
  add("partial", info.partial, "whole");
  add("occlusion", info.occlusion?.includes(false), "uncovered");
  return all;
}
