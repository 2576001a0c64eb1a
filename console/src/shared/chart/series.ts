/** What charts are made of: lines of values over time, and how a value is written. */
import type { Language } from "../words";

/** A time in milliseconds since 1970 and the value then; null: nothing is known, and the line breaks. */
export type Point = readonly [at: number, value: number | null];

export type Series = {
  name: string;
  points: Point[];
  /** A line unless given. */
  kind?: "line" | "area" | "bar";
  /** Bars of the same stack stand on each other. */
  stack?: string;
  /** A colour that means something (an error's red); the theme's own unless given. */
  colour?: string;
};

/** The same points, with a break wherever the next one is more than one and a half `step` (milliseconds) away. */
export function withBreaks(points: Point[], step: number): Point[] {
  return points.flatMap((point, index): Point[] => {
    const next = points[index + 1];
    return next && next[0] - point[0] > step * 1.5 ? [point, [point[0] + step, null]] : [point];
  });
}

/** A value with its unit, in as many digits as it deserves. */
export function written(
  value: number | null | undefined,
  unit: string | undefined,
  language: Language,
): string {
  if (value === null || value === undefined) return "–";
  // An axis of small values has marks that differ by less than a tenth.
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) < 1 ? 2 : 1;
  const text = new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value);
  return unit ? `${text} ${unit}` : text;
}

/** All values by time, in its order: what a table shows. */
export function rowsOf(series: Series[]): { at: number; values: (number | null)[] }[] {
  const rows = new Map<number, (number | null)[]>();
  series.forEach(({ points }, column) => {
    for (const [at, value] of points) {
      const values = rows.get(at) ?? series.map(() => null);
      values[column] = value;
      rows.set(at, values);
    }
  });
  return [...rows]
    .filter(([, values]) => values.some((value) => value !== null))
    .sort(([a], [b]) => a - b)
    .map(([at, values]) => ({ at, values }));
}
