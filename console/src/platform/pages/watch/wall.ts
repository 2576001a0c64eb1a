/**
 * What the wall holds: the newest events, each once, and no more than fit; while it is paused, what comes is counted and kept
 * aside. Pure, so that it can be tested without a page.
 */

type Seen = { id: string; arrived_at: number };

export type Wall<Event extends Seen> = {
  /** Newest first. */
  shown: Event[];
  /** What came during the pause, newest first; null: not paused. */
  aside: Event[] | null;
  /** How many came during the pause. */
  missed: number;
};

/** Events on the wall, and kept aside: what is beyond is found on the page of events. */
export const ROOM = 60;

export function empty<Event extends Seen>(): Wall<Event> {
  return { shown: [], aside: null, missed: 0 };
}

/** Something came. What is there already is brought up to date in its place. */
export function come<Event extends Seen>(wall: Wall<Event>, event: Event): Wall<Event> {
  if (holds(wall.shown, event)) return { ...wall, shown: renewed(wall.shown, event) };
  if (wall.aside === null) return { ...wall, shown: [event, ...wall.shown].slice(0, ROOM) };
  if (holds(wall.aside, event)) return { ...wall, aside: renewed(wall.aside, event) };
  return { ...wall, aside: [event, ...wall.aside].slice(0, ROOM), missed: wall.missed + 1 };
}

/** What was there before the wall began to listen, newest first; what is shown already stays as it is. */
export function before<Event extends Seen>(wall: Wall<Event>, earlier: Event[]): Wall<Event> {
  const held = [...wall.shown, ...(wall.aside ?? [])];
  const added = earlier.filter((event) => !holds(held, event));
  const shown = [...wall.shown, ...added].sort((one, other) => other.arrived_at - one.arrived_at);
  return { ...wall, shown: shown.slice(0, ROOM) };
}

export function pause<Event extends Seen>(wall: Wall<Event>): Wall<Event> {
  return { ...wall, aside: wall.aside ?? [], missed: wall.aside === null ? 0 : wall.missed };
}

export function goOn<Event extends Seen>(wall: Wall<Event>): Wall<Event> {
  return { shown: [...(wall.aside ?? []), ...wall.shown].slice(0, ROOM), aside: null, missed: 0 };
}

function holds<Event extends Seen>(events: Event[], { id }: Event): boolean {
  return events.some((event) => event.id === id);
}

function renewed<Event extends Seen>(events: Event[], event: Event): Event[] {
  return events.map((known) => (known.id === event.id ? event : known));
}
