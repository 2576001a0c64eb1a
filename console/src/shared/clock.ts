/**
 * The server's time, as its answers tell it. A browser's clock may be wrong by minutes, and every age on a page is of a fact that the
 * server has dated: it is reckoned by the server's clock.
 *
 * An answer says in `Date` in which second it was made, and it was made between the question and its arrival; so each answer
 * bounds how far the two clocks are apart, and together they bound it closely.
 */

/** `Date` has no parts of a second. */
const SECOND = 1000;

/** How far the server's clock is ahead of this one, at least and at most, in milliseconds. */
type Bounds = readonly [least: number, most: number];

/** What an answer dated `date` tells that was asked for at `sent` and came at `come`, by this clock. */
export function boundsOf(date: number, sent: number, come: number): Bounds {
  return [date - come, date + SECOND - sent];
}

/** What two answers tell together; the later one alone where they contradict each other: a clock has been set meanwhile. */
export function narrowed(before: Bounds | null, later: Bounds): Bounds {
  if (!before) return later;
  const [least, most] = [Math.max(before[0], later[0]), Math.min(before[1], later[1])];
  return least <= most ? [least, most] : later;
}

/** The offset that is taken for true: none where this clock may be right, otherwise the middle. */
export function offsetOf(bounds: Bounds | null): number {
  if (!bounds || (bounds[0] <= 0 && bounds[1] >= 0)) return 0;
  return (bounds[0] + bounds[1]) / 2;
}

let known: Bounds | null = null;

/** The time now by the server's clock, in milliseconds since 1970; by this machine's until an answer has come. */
export function serverNow(): number {
  return Date.now() + offsetOf(known);
}

/** `fetch`, which learns the server's time from what is answered. */
export async function timedFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const sent = Date.now();
  const answer = await fetch(input, init);
  const date = Date.parse(answer.headers.get("date") ?? "");
  // What a cache has kept was made long before it was asked for.
  if (!Number.isNaN(date) && !answer.headers.has("age"))
    known = narrowed(known, boundsOf(date, sent, Date.now()));
  return answer;
}
