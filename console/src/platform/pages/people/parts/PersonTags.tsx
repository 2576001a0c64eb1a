/** What a person is, in tags: type, groups, and whether their validity has ended or not begun. */
import { Tag } from "antd";
import { PERSON_COLOURS, personTypes } from "@/shared/domain";
import { useNow } from "@/shared/time";
import { useWords } from "@/shared/words";
import { type Person, useGroupNames } from "../data";
import { says } from "../words";

export function TypeTag({ type }: { type: number }) {
  const types = useWords(personTypes);
  return <Tag color={PERSON_COLOURS[type]}>{types[type] ?? type}</Tag>;
}

export function GroupTags({ ids }: { ids: string[] }) {
  const nameOf = useGroupNames();
  if (ids.length === 0) return <span>–</span>;
  return (
    <span className="tags">
      {ids.map((id) => (
        <Tag key={id}>{nameOf(id)}</Tag>
      ))}
    </span>
  );
}

export function ValidityTag({ person }: { person: Pick<Person, "valid_from" | "valid_until"> }) {
  const w = useWords(says);
  const now = useNow();
  const { valid_from: from, valid_until: until } = person;
  if (until !== null && until !== undefined && until <= now) return <Tag color="red">{w.expired}</Tag>;
  if (from !== null && from !== undefined && from > now) return <Tag color="orange">{w.notYet}</Tag>;
  return null;
}
