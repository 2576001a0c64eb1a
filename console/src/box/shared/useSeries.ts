/** Work on many things, one after the other: how far it is, and what became of each. */
import { useEffect, useRef, useState } from "react";
import { ApiError } from "@/shared/api";

/** What became of one; `failure` is null when it was done. */
export type Outcome<Item> = { item: Item; failure: unknown };
export type Series<Item> = { of: number; outcomes: Outcome<Item>[]; isOver: boolean };

/** How often a box that is busy is asked again. */
const PATIENCE = 5;

export function useSeries<Item>() {
  const [series, setSeries] = useState<Series<Item> | null>(null);
  const isStopped = useRef(false);
  const stop = () => {
    isStopped.current = true;
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever goes away stops it, and nobody else.
  useEffect(() => {
    isStopped.current = false;
    return stop;
  }, []);
  const run = async (items: Item[], work: (item: Item) => Promise<unknown>): Promise<void> => {
    isStopped.current = false;
    const outcomes: Outcome<Item>[] = [];
    const tell = (isOver: boolean) => setSeries({ of: items.length, outcomes: [...outcomes], isOver });
    tell(false);
    for (const item of items) {
      if (isStopped.current) break;
      const failure = await patiently(() => work(item));
      outcomes.push({ item, failure });
      // Nobody is logged in any more: all that follow would fail alike.
      if (failure instanceof ApiError && failure.status === 401) break;
      tell(false);
    }
    tell(true);
  };
  return { series, run, stop, forget: () => setSeries(null) };
}

/** Does it; a box that says when to come again is asked again then. Gives what went wrong, or null. */
async function patiently(work: () => Promise<unknown>): Promise<unknown> {
  for (let time = 1; ; time += 1) {
    try {
      await work();
      return null;
    } catch (error) {
      const wait = error instanceof ApiError ? error.retryAfter : null;
      if (!wait || time === PATIENCE) return error;
      await new Promise((resolve) => setTimeout(resolve, wait * 1000));
    }
  }
}
