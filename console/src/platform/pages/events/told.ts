/** An event's trace for the explanation: groups by name, and nothing in it that is not of the form it should have. */
import { byGroupNames } from "@/shared/trace/groups";
import { type DoorOutcome, readTrace, type Told, type Trace, type Verdict } from "@/shared/trace/trace";
import type { Schema } from "../../api";

type Names = { groups: (id: string) => string; people: Record<string, string> };

/** Null when the box did not tell how it decided. */
export function toldOf(event: Schema<"EventView">, names: Names): Told | null {
  const trace = traceOf(event);
  if (!trace || !event.verdict) return null;
  const told: Told = {
    verdict: event.verdict as Verdict,
    reason: event.reason ?? "",
    identity_id: event.stranger ? "" : event.identity_id,
    identity_name: event.stranger ? "" : event.identity_name,
    score: event.score ?? 0,
    door: doorOf(event.door),
    trace,
    names: names.people,
  };
  return byGroupNames(told, names.groups);
}

/** The trace of an event as far as it has the form that boxes of ours give it. */
export function traceOf(event: Pick<Schema<"EventView">, "detail">): Trace | null {
  const trace = readTrace(object(event.detail).menshen && object(object(event.detail).menshen).trace);
  if (!trace) return null;
  const { picture, bbox, quality, thresholds, liveness, attributes, ms } = trace;
  return {
    ...trace,
    picture: areNumbers(picture, 2) ? picture : undefined,
    bbox: areNumbers(bbox, 4) ? bbox : undefined,
    quality: Array.isArray(quality?.fails) ? { ...quality, info: object(quality.info) } : undefined,
    thresholds: allNumbers(thresholds) ? thresholds : undefined,
    liveness: isNumber(liveness?.score) ? liveness : null,
    attributes: allNumbers(attributes) ? attributes : null,
    ms: allNumbers(ms) ? ms : undefined,
    candidates: trace.candidates.filter((one) => isNumber(object(one).cosine)),
    steps: trace.steps.filter((one) => typeof object(one).found === "string"),
  };
}

function doorOf(door: unknown): DoorOutcome | null {
  const { driver, action, result, reason, ms } = object(door);
  if (typeof action !== "string" || typeof result !== "string") return null;
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  return { driver: text(driver), action, result, reason: text(reason), ms: isNumber(ms) ? ms : 0 };
}

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);

function object(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function areNumbers(value: unknown, count: number): boolean {
  return Array.isArray(value) && value.length === count && value.every(isNumber);
}

function allNumbers(value: unknown): boolean {
  const all = Object.values(object(value));
  return all.length > 0 && all.every(isNumber);
}
