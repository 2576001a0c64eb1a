/** Where things stand on a chart: marks that are round numbers, and lines as paths. */
import type { Point } from "./series";

/** Values to mark from 0 on: round ones, at most `most` steps, the last at or above `highest`. */
export function marksOf(highest: number, most = 4): number[] {
  const raw = Math.max(highest, Number.EPSILON) / most;
  const size = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 2.5, 5, 10].find((each) => each * size >= raw * (1 - 1e-9)) ?? 10) * size;
  const count = Math.max(1, Math.ceil(highest / step - 1e-9));
  return Array.from({ length: count + 1 }, (_, at) => Number((at * step).toPrecision(6)));
}

const HOUR = 3_600_000;

/** Full hours between two times, by the calendar here: as many as have room, at most `most`. */
export function hoursOf(from: number, until: number, most: number): number[] {
  const every = [1, 2, 3, 4, 6, 12, 24].find((hours) => (until - from) / (hours * HOUR) <= most) ?? 24;
  const first = new Date(from);
  first.setMinutes(0, 0, 0);
  const found: number[] = [];
  for (const at = first; at.getTime() <= until; at.setHours(at.getHours() + 1))
    if (at.getTime() >= from && at.getHours() % every === 0) found.push(at.getTime());
  return found;
}

export type Scale = { x: (at: number) => number; y: (value: number) => number };

/** A line as the path of an SVG, broken where nothing is known. */
export function pathOf(points: readonly Point[], { x, y }: Scale): string {
  let isBroken = true;
  const parts: string[] = [];
  for (const [at, value] of points) {
    if (value === null) {
      isBroken = true;
      continue;
    }
    parts.push(`${isBroken ? "M" : "L"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`);
    isBroken = false;
  }
  return parts.join("");
}
