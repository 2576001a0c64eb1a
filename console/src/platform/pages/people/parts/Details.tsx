/** What is known of a person besides the photo. */
import { Card, Descriptions, Tag } from "antd";
import { Age, Moment } from "@/shared/time";
import { useWords } from "@/shared/words";
import type { Person } from "../data";
import { says as personSays } from "../person.words";
import { says } from "../words";
import { entriesOf } from "./info";
import { GroupTags, TypeTag, ValidityTag } from "./PersonTags";

export function Details({ person }: { person: Person }) {
  const w = useWords(says);
  const p = useWords(personSays);
  const info = entriesOf(person.info as Record<string, unknown>);
  return (
    <Card title={p.details}>
      <Descriptions
        size="small"
        column={1}
        items={[
          { key: "id", label: w.id, children: <span className="mono">{person.identity_id}</span> },
          { key: "type", label: w.type, children: <TypeTag type={person.type} /> },
          { key: "groups", label: w.groups, children: <GroupTags ids={person.groups} /> },
          {
            key: "from",
            label: w.validFrom,
            children: <Moment of={person.valid_from} never={w.always} />,
          },
          {
            key: "until",
            label: w.validUntil,
            children: (
              <span>
                <Moment of={person.valid_until} never={w.forEver} /> <ValidityTag person={person} />
              </span>
            ),
          },
          { key: "department", label: w.department, children: person.department || "–" },
          {
            key: "tags",
            label: w.tags,
            children: person.tags.length > 0 ? person.tags.map((tag) => <Tag key={tag}>{tag}</Tag>) : "–",
          },
          ...info.map(({ key, text }) => ({ key: `info.${key}`, label: key, children: text })),
          { key: "since", label: p.since, children: <Moment of={person.created_at} /> },
          { key: "changed", label: w.changed, children: <Age of={person.updated_at} /> },
        ]}
      />
    </Card>
  );
}
