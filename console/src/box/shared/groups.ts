/** Permission groups by what people call them: a person or a camera names them by id. */
import { useQuery } from "@tanstack/react-query";
import { useWords, words } from "@/shared/words";
import { groupsQuery } from "../api";

const says = words({
  en: { everybody: "Default group (0)" },
  zh: { everybody: "默认组（0）" },
});

/** A group's name by its id. */
export function useGroupName(): (id: string) => string {
  const w = useWords(says);
  const groups = useQuery(groupsQuery).data?.items ?? [];
  return (id) => (id === "0" ? w.everybody : (groups.find((group) => group.id === id)?.name ?? id));
}

/** The groups to choose from; those of `also` are among them even if they are not known here (a platform's). */
export function useGroupChoices(also: string[] = []): { value: string; label: string }[] {
  const name = useGroupName();
  const groups = useQuery(groupsQuery).data?.items ?? [];
  const ids = new Set(["0", ...groups.map((group) => group.id), ...also]);
  return [...ids].map((id) => ({ value: id, label: name(id) }));
}
