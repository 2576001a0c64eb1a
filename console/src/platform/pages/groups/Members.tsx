/** The people of a group: found, added and taken out, many at once. */
import { PlusOutlined } from "@ant-design/icons";
import { Link } from "@tanstack/react-router";
import { App, Button, Flex, Popconfirm } from "antd";
import { useState } from "react";
import { must } from "@/shared/api";
import { CursorTable } from "@/shared/CursorTable";
import { useErrorText } from "@/shared/Failure";
import { useWords } from "@/shared/words";
import { api, useMay } from "../../api";
import { type Group, type Person, useChanged } from "../people/data";
import { SearchText } from "../people/parts/Filters";
import { TypeTag, ValidityTag } from "../people/parts/PersonTags";
import { Face } from "../people/photo/Face";
import { AddMembers } from "./AddMembers";
import { says } from "./words";

export function Members({ group }: { group: Group }) {
  const w = useWords(says);
  const mayChange = useMay("operator");
  const [search, setSearch] = useState("");
  const [chosen, choose] = useState<string[]>([]);
  const [isAdding, setAdding] = useState(false);
  return (
    <>
      <Flex gap={8} wrap justify="space-between" style={{ marginBottom: 12 }}>
        <SearchText value={search} label={w.search} onChange={setSearch} />
        {mayChange ? (
          <Flex gap={8} wrap>
            {chosen.length > 0 ? <TakeOut group={group} chosen={chosen} onDone={() => choose([])} /> : null}
            <Button icon={<PlusOutlined />} onClick={() => setAdding(true)}>
              {w.addPeople}
            </Button>
          </Flex>
        ) : null}
      </Flex>
      <People
        groupId={group.id}
        search={search}
        empty={search ? w.nobodyFits : w.nobody}
        chosen={mayChange ? chosen : undefined}
        choose={choose}
      />
      {isAdding ? <AddMembers group={group} onClose={() => setAdding(false)} /> : null}
    </>
  );
}

type PeopleProps = {
  groupId: string;
  search?: string;
  empty: string;
  chosen?: string[];
  choose?: (ids: string[]) => void;
};

/** People of a group as a list; with boxes to tick when some can be chosen. */
export function People({ groupId, search, empty, chosen, choose }: PeopleProps) {
  const w = useWords(says);
  return (
    <CursorTable<Person>
      rowKey="identity_id"
      size="small"
      queryKey={["people", "list", "group", groupId, search]}
      fetchPage={(cursor) =>
        must(
          api.GET("/api/v1/people", {
            params: { query: { group: groupId, search: search || undefined, limit: 25, cursor } },
          }),
        )
      }
      refresh={15_000}
      empty={empty}
      rowSelection={
        chosen
          ? {
              selectedRowKeys: chosen,
              preserveSelectedRowKeys: true,
              onChange: (keys) => choose?.(keys.map(String)),
              getCheckboxProps: (person) => ({ "aria-label": person.name }) as object,
            }
          : undefined
      }
      columns={[
        {
          key: "name",
          title: w.person,
          render: (_, person) => (
            <Face of={person} size={32}>
              <Link to="/groups" search={{ view: "person", person: person.identity_id }}>
                {person.name}
              </Link>
            </Face>
          ),
        },
        { key: "id", title: w.id, render: (_, person) => <span className="mono">{person.identity_id}</span> },
        {
          key: "type",
          title: "",
          render: (_, person) => (
            <>
              <TypeTag type={person.type} />
              <ValidityTag person={person} />
            </>
          ),
        },
      ]}
    />
  );
}

function TakeOut({ group, chosen, onDone }: { group: Group; chosen: string[]; onDone: () => void }) {
  const w = useWords(says);
  const text = useErrorText();
  const changed = useChanged();
  const { message } = App.useApp();
  const takeOut = async () => {
    try {
      const { removed } = await must(
        api.POST("/api/v1/groups/{group_id}/people", {
          params: { path: { group_id: group.id } },
          body: { remove: chosen },
        }),
      );
      message.success(w.tookOut(removed));
      onDone();
      await changed();
    } catch (error) {
      message.error(text(error));
    }
  };
  return (
    <Popconfirm
      title={w.takeOutAsk(chosen.length)}
      description={w.takeOutText}
      okText={w.takeOut(chosen.length)}
      cancelText={w.cancel}
      onConfirm={takeOut}
    >
      <Button danger>{w.takeOut(chosen.length)}</Button>
    </Popconfirm>
  );
}
