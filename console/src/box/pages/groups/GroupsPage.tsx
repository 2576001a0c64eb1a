/** Permission groups: who is in each, and at which cameras it may pass. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Tag, Typography } from "antd";
import { useWords } from "@/shared/words";
import { groupsQuery, type Schema } from "../../api";
import { groups } from "../../fog";
import { useGroupName } from "../../shared/groups";
import { Named } from "./Named";
import { says } from "./words";

type Group = Schema<"PermissionGroup">;

/** Letters of an id that are shown: the whole of a made-up one would push the buttons out of the table. */
const SHOWN = 8;

export function GroupsPage() {
  const w = useWords(says);
  const nameOf = useGroupName();
  const { data, error, isPending, refetch } = useQuery(groupsQuery);
  return (
    <Named<Group>
      which="groups"
      list={{ data: data?.items, error, isPending, refetch }}
      calls={groups}
      isFixed={(group) => group.id === "0"}
      nameOf={(group) => nameOf(group.id)}
      columns={[
        {
          title: w.id,
          render: (_, group) => (
            <Typography.Text copyable={{ text: group.id }} className="mono" title={group.id}>
              {group.id.length > SHOWN ? `${group.id.slice(0, SHOWN)}…` : group.id}
            </Typography.Text>
          ),
        },
        {
          title: w.people,
          render: (_, group) => (
            <Link to="/people" search={{ group: group.id }}>
              {group.people}
            </Link>
          ),
        },
        {
          title: w.where,
          render: (_, group) =>
            group.cameras.length > 0 ? (
              group.cameras.map((name) => (
                <Link key={name} to="/cameras/$name" params={{ name }}>
                  <Tag>{name}</Tag>
                </Link>
              ))
            ) : (
              <Typography.Text type="secondary">{w.nowhere}</Typography.Text>
            ),
        },
      ]}
    />
  );
}
