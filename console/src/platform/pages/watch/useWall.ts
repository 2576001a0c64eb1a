/**
 * The wall over a line that may break: it listens first and asks for what was before then, so that nothing falls between, and
 * holds each event once.
 */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useReducer, useState } from "react";
import { must } from "@/shared/api";
import { type LineState, useStream } from "@/shared/stream";
import { api, type Schema } from "../../api";
import { before, come, empty, goOn, pause, ROOM, type Wall } from "./wall";

type Event = Schema<"EventView">;
export type Filter = { site?: string; dev_sno?: string; ep_id?: string; type?: string };
type Change =
  | { what: "clear" | "pause" | "goOn" }
  | { what: "come"; event: Event }
  | { what: "before"; events: Event[] };

const KINDS = ["hello", "event", "trimmed"];

function changed(wall: Wall<Event>, change: Change): Wall<Event> {
  if (change.what === "come") return come(wall, change.event);
  if (change.what === "before") return before(wall, change.events);
  if (change.what === "pause") return pause(wall);
  return change.what === "goOn" ? goOn(wall) : empty();
}

export type LiveWall = {
  wall: Wall<Event>;
  line: LineState;
  /** What was there before is known: an empty wall is empty. */
  isFilled: boolean;
  /** Why what was there before could not be asked for; null: it was, or is being asked for. */
  error: unknown;
  again: () => void;
  /** Entries between are not kept any more. */
  isTrimmed: boolean;
  pause: () => void;
  goOn: () => void;
};

/** `onNew` is told of what happens, not of what had happened before. */
export function useWall(filter: Filter, onNew: (event: Event) => void): LiveWall {
  const [wall, change] = useReducer(changed, empty<Event>());
  const [isFilled, setFilled] = useState(false);
  const [isTrimmed, setTrimmed] = useState(false);
  const query = asQuery(filter);

  // The query that is listened to by now.
  const [heard, setHeard] = useState<string | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another filter is another wall.
  useEffect(() => {
    change({ what: "clear" });
    setFilled(false);
    setTrimmed(false);
  }, [query]);
  const asked = useQuery({
    queryKey: ["events", "wall", query],
    queryFn: () => {
      const params = { query: { ...Object.fromEntries(new URLSearchParams(query)), limit: ROOM } };
      return must(api.GET("/api/v1/events", { params }));
    },
    enabled: heard === query,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const earlier = asked.data;
  useEffect(() => {
    if (!earlier) return;
    change({ what: "before", events: earlier.items });
    setFilled(true);
  }, [earlier]);

  const line = useStream(`/api/v1/stream?kind=event${query && `&${query}`}`, KINDS, (kind, data) => {
    if (kind === "hello") setHeard(query);
    else if (kind === "trimmed") setTrimmed(true);
    else {
      const event = data as Event;
      change({ what: "come", event });
      onNew(event);
    }
  });
  return {
    wall,
    line,
    isFilled,
    error: earlier ? null : asked.error,
    again: () => void asked.refetch(),
    isTrimmed,
    pause: () => change({ what: "pause" }),
    goOn: () => change({ what: "goOn" }),
  };
}

function asQuery(filter: Filter): string {
  const wanted = Object.entries(filter).filter((pair): pair is [string, string] => Boolean(pair[1]));
  return new URLSearchParams(wanted).toString();
}
