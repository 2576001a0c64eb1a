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

/** Null until everything is known. `every`: milliseconds between two looks. */
export function useProgress(every = 3_000): Progress | null {
  const session = useSession();
  const stats = useQuery({
    queryKey: ["stats"],
    queryFn: () => must(api.GET("/api/v1/stats")),
    refetchInterval: every,
  }).data;
  const boxes = useQuery({
    queryKey: ["boxes", "start"],
    queryFn: () => must(api.GET("/api/v1/boxes", { params: { query: { limit: 50 } } })),
    refetchInterval: every,
  }).data?.items;
  const last = useNewest({}, every);
  // Boxes of other makers do not say what they decided: there it counts that somebody was known.
  const letIn = useNewest({ verdict: "let_in" }, every);
  if (!session || !stats || !boxes || last === undefined || letIn === undefined) return null;
  const known = letIn ?? (last && !last.verdict && !last.stranger ? last : null);
  return {
    done: {
      password: !session.must_change_password,
      person: stats.people_with_photo > 0,
      box: boxes.some((box) => box.login_at),
      camera: stats.cameras > 0,
      pass: known !== null,
    },
    stats,
    boxes,
    last,
    letIn: known,
  };
}

function useNewest(filter: { verdict?: string }, every: number): Schema<"EventView"> | null | undefined {
  const { data } = useQuery({
    queryKey: ["events", "newest", filter],
    queryFn: () => must(api.GET("/api/v1/events", { params: { query: { ...filter, limit: 1 } } })),
    refetchInterval: every,
  });
  return data && (data.items[0] ?? null);
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
