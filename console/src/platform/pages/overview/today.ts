/** Counts over time with a zero wherever nothing came: no event is a fact, not a gap. */
import type { Schema } from "../../api";

export function filled({ from, until, step, items }: Schema<"EventHistory">): Schema<"EventPoint">[] {
  const known = new Map(items.map((point) => [point.at, point]));
  const points: Schema<"EventPoint">[] = [];
  for (let at = from; at < until; at += step * 1000) {
    points.push(known.get(at) ?? { at, known: 0, stranger: 0, refused: 0 });
  }
  return points;
}
