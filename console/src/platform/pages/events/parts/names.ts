/** What boxes say in their events, in words. */
import { useCallback } from "react";
import { capital, inWords } from "@/shared/trace/found";
import { withGroupNames } from "@/shared/trace/groups";
import { useLanguage } from "@/shared/words";
import type { Schema } from "../../../api";
import { useGroupNames } from "../../people/data";

/** What gates and doors say, in the language of whoever looks. */
export function useSaid(): (sentence: string) => string {
  const language = useLanguage();
  const nameOf = useGroupNames();
  return useCallback(
    (sentence) => capital(inWords(withGroupNames(sentence, nameOf), language)),
    [language, nameOf],
  );
}

/** Why it was decided so; null when the box does not say. */
export function useReason(): (event: Pick<Schema<"EventView">, "reason">) => string | null {
  const said = useSaid();
  return ({ reason }) => (reason ? said(reason) : null);
}
