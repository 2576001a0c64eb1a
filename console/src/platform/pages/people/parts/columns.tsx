/** The columns of the list of people. */
import { Link } from "@tanstack/react-router";
import { type TableProps, Tag, Typography } from "antd";
import { Age } from "@/shared/time";
import { useWords } from "@/shared/words";
import type { Person } from "../data";
import { Face } from "../photo/Face";
import { says } from "../words";
import { GroupTags, TypeTag, ValidityTag } from "./PersonTags";

export function useColumns(): NonNullable<TableProps<Person>["columns"]> {
  const w = useWords(says);
  return [
    {
      key: "name",
      title: w.person,
      render: (_, person) => (
        <Face of={person}>
          <span>
            <Link to="/people/$id" params={{ id: person.identity_id }}>
              {person.name}
            </Link>
            {person.photo ? null : (
              <div>
                <Typography.Text type="warning">{w.noPhoto}</Typography.Text>
              </div>
            )}
          </span>
        </Face>
      ),
    },
    {
      key: "id",
      title: w.id,
      render: (_, person) => <span className="mono">{person.identity_id}</span>,
    },
    {
      key: "type",
      title: w.type,
      render: (_, person) => (
        <>
          <TypeTag type={person.type} />
          <ValidityTag person={person} />
        </>
      ),
    },
    { key: "groups", title: w.groups, render: (_, person) => <GroupTags ids={person.groups} /> },
    { key: "department", title: w.department, render: (_, person) => person.department || "–" },
    {
      key: "tags",
      title: w.tags,
      render: (_, person) =>
        person.tags.length > 0 ? (
          <span className="tags">
            {person.tags.map((tag) => (
              <Tag key={tag}>{tag}</Tag>
            ))}
          </span>
        ) : (
          "–"
        ),
    },
    { key: "changed", title: w.changed, render: (_, person) => <Age of={person.updated_at} /> },
  ];
}
