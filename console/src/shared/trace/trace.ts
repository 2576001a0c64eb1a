/**
 * What a box measured on the way to a verdict, as it comes with an event: read leniently, because a platform keeps what boxes of
 * any version send.
 */

export type Verdict = "let_in" | "refused" | "possible" | "stranger";
export type GateName = "match" | "standing" | "group" | "validity" | "quality" | "certainty";

/** What one gate said; `open` is null where there was nobody to ask about. */
export type Step = { gate: GateName; open: boolean | null; found: string };

export type Candidate = { identity_id: string; cosine: number; score: number; band: string };

export type Limits = {
  enrolled: number;
  door: number;
  name: number;
  possible: number;
  door_rate: number;
  name_rate: number;
};

export type Measured = {
  brightness?: number;
  clarity?: number;
  face_size?: number;
  headpose?: { pitch_angle: number; roll_angle: number; yaw_angle: number };
  mask?: number;
  occlusion?: boolean[];
  partial?: boolean;
};

export type Trace = {
  source?: string;
  pack?: string;
  picture?: [number, number];
  faces?: number;
  bbox?: [number, number, number, number];
  detection?: number;
  quality?: { level: string; fails: string[]; info: Measured; score: number };
  attributes?: { age: number; male: number } | null;
  liveness?: { score: number; checked: boolean } | null;
  thresholds?: Limits;
  candidates: Candidate[];
  flag?: "blacklist" | "possible_blacklist" | null;
  gate?: GateName;
  steps: Step[];
  ms?: { waited: number; looked: number; total: number };
};

/** What the door did. */
export type DoorOutcome = { driver: string; action: string; result: string; reason: string; ms: number };

/** A judged face with everything that is known about it. */
export type Told = {
  verdict: Verdict;
  reason: string;
  identity_id: string;
  identity_name: string;
  score: number;
  door: DoorOutcome | null;
  trace: Trace;
  /** Names of the people in the trace, by id. */
  names: Record<string, string>;
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** The trace in `value`; null when there is none. */
export function readTrace(value: unknown): Trace | null {
  if (!isRecord(value)) return null;
  return { ...value, candidates: list(value.candidates), steps: list(value.steps) } as Trace;
}

/** Whether the door did what it was asked. */
export function doorMoved(door: DoorOutcome | null): boolean {
  return door !== null && door.action !== "none" && door.result === "ok";
}
