/** How far the first steps are, from what the platform has observed alone. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { must } from "@/shared/api";
import { api, type Schema, useSession } from "../../api";

export const STEPS = ["password", "person", "box", "camera", "pass"] as const;
export type Step = (typeof STEPS)[number];

export type Progress = {
  done: Record<Step, boolean>;
  stats: Schema<"StatsView">;
  boxes: Schema<"BoxView">[];
  /** The last event, whoever it was of. */
  last: Schema<"EventView"> | null;
  /** The last event of somebody who was let in. */
  letIn: Schema<"EventView"> | null;
};

export type Look = {
  /** Null until everything is known. */
  progress: Progress | null;
  /** Why something is not known; null: it is still asked for, or all is known. */
  error: unknown;
  again: () => void;
};

/** `every`: milliseconds between two looks. */
export function useProgress(every = 3_000): Look {
  const session = useSession();
  const stats = useQuery({
    queryKey: ["stats"],
    queryFn: () => must(api.GET("/api/v1/stats")),
    refetchInterval: every,
  });
  const boxes = useQuery({
    queryKey: ["boxes", "start"],
    queryFn: () => must(api.GET("/api/v1/boxes", { params: { query: { limit: 50 } } })),
    refetchInterval: every,
  });
  const last = useNewest({}, every);
  // Boxes of other makers do not say what they decided: there it counts that somebody was known.
  const letIn = useNewest({ verdict: "let_in" }, every);
  const asked = [stats, boxes, last, letIn];
  const unknown = asked.filter(({ data, error }) => error && !data);
  return {
    progress: session ? progressOf(session, stats.data, boxes.data, last.data, letIn.data) : null,
    error: unknown[0]?.error ?? null,
    again: () => {
      for (const each of unknown) void each.refetch();
    },
  };
}

type Events = Schema<"Page_EventView">;

function progressOf(
  session: Schema<"Whoami">,
  stats?: Schema<"StatsView">,
  boxes?: Schema<"Page_BoxView">,
  last?: Events,
  letIn?: Events,
): Progress | null {
  if (!stats || !boxes || !last || !letIn) return null;
  const newest = last.items[0] ?? null;
  const passed = letIn.items[0] ?? (newest && !newest.verdict && !newest.stranger ? newest : null);
  return {
    done: {
      password: !session.must_change_password,
      person: stats.people_with_photo > 0,
      box: stats.boxes_online > 0 || boxes.items.some((box) => box.login_at),
      camera: stats.cameras > 0,
      pass: passed !== null,
    },
    stats,
    boxes: boxes.items,
    last: newest,
    letIn: passed,
  };
}

function useNewest(filter: { verdict?: string }, every: number) {
  return useQuery({
    queryKey: ["events", "newest", filter],
    queryFn: () => must(api.GET("/api/v1/events", { params: { query: { ...filter, limit: 1 } } })),
    refetchInterval: every,
  });
}

const KEY = "menshen.start.hidden";

/** Whether somebody wants to see no more of the first steps than their page; remembered in this browser. */
export function useHidden(): [boolean, () => void] {
  const [hidden, set] = useState(() => localStorage.getItem(KEY) === "true");
  const hide = () => {
    localStorage.setItem(KEY, "true");
    set(true);
  };
  return [hidden, hide];
}
