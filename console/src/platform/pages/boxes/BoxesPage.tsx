/** All boxes: which are heard of, and whom they have proved to hold. */
import { PlusOutlined } from "@ant-design/icons";
import { Link } from "@tanstack/react-router";
import { Button, Checkbox, Flex, Input, Segmented, type TableProps, Tag, Typography } from "antd";
import { useState } from "react";
import { useAddress } from "@/shared/address";
import { must } from "@/shared/api";
import { CursorTable } from "@/shared/CursorTable";
import { Page } from "@/shared/Page";
import { useWords } from "@/shared/words";
import { api, type Schema, useMay } from "../../api";
import { useGroupName } from "../../parts/groups";
import { SiteFilter } from "../../parts/sites";
import { AddBox } from "./parts/AddBox";
import { AddMany } from "./parts/AddMany";
import { heartbeatOf } from "./parts/heartbeat";
import { PairingDialog } from "./parts/PairingDialog";
import { BoxState, Proved, standingOf } from "./parts/State";
import { boxWords } from "./parts/words";

type Box = Schema<"BoxView">;

export function BoxesPage() {
  const w = useWords(boxWords);
  const mayChange = useMay("operator");
  const [asked, change] = useAddress();
  const [adding, setAdding] = useState<"one" | "many" | null>(null);
  const [pairing, setPairing] = useState<{ dev_sno: string; name: string } | null>(null);
  const query = {
    search: asked.search || undefined,
    site: asked.site || undefined,
    online: asked.online === undefined ? undefined : asked.online === "true",
    failing: asked.failing === "true" ? true : undefined,
  };
  const isFiltered = Object.values(query).some((value) => value !== undefined);
  return (
    <Page
      title={w.title}
      hint={w.hint}
      actions={
        mayChange ? (
          <>
            <Button onClick={() => setAdding("many")}>{w.addMany}</Button>
            <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding("one")}>
              {w.add}
            </Button>
          </>
        ) : null
      }
    >
      <Flex gap={8} wrap align="center" className="filters">
        <Input.Search
          aria-label={w.search}
          placeholder={w.search}
          defaultValue={asked.search}
          onSearch={(search) => change({ search })}
          allowClear
          style={{ width: 240 }}
        />
        <SiteFilter label={w.site} value={asked.site} onChange={(site) => change({ site })} />
        <Segmented
          aria-label={w.state}
          value={asked.online ?? ""}
          onChange={(online) => change({ online })}
          options={[
            { value: "", label: w.all },
            { value: "true", label: w.online },
            { value: "false", label: w.notOnline },
          ]}
        />
        <Checkbox
          checked={asked.failing === "true"}
          onChange={({ target }) => change({ failing: target.checked || undefined })}
        >
          {w.failing}
        </Checkbox>
      </Flex>
      <CursorTable<Box>
        rowKey="dev_sno"
        queryKey={["boxes", "list", query]}
        fetchPage={(cursor) => must(api.GET("/api/v1/boxes", { params: { query: { ...query, cursor } } }))}
        refresh={5_000}
        empty={isFiltered ? w.noneFits : w.none}
        columns={useColumns(mayChange ? setPairing : null)}
      />
      <AddBox
        open={adding === "one"}
        onClose={() => setAdding(null)}
        onAdded={(box) => {
          setAdding(null);
          setPairing(box);
        }}
      />
      <AddMany open={adding === "many"} onClose={() => setAdding(null)} />
      <PairingDialog box={pairing} onClose={() => setPairing(null)} />
    </Page>
  );
}

/** `pair` is offered for boxes that nothing has logged in with. */
function useColumns(pair: ((box: Box) => void) | null): NonNullable<TableProps<Box>["columns"]> {
  const w = useWords(boxWords);
  const groupName = useGroupName();
  return [
    {
      title: w.name,
      key: "name",
      render: (_, box) => (
        <Flex vertical>
          <Link to="/boxes/$devSno" params={{ devSno: box.dev_sno }}>
            {box.name}
          </Link>
          <Typography.Text type="secondary" className="mono sub">
            {box.dev_sno}
          </Typography.Text>
        </Flex>
      ),
    },
    {
      title: w.state,
      key: "state",
      render: (_, box) => (
        <Flex gap={12} align="center">
          <BoxState box={box} />
          {pair && ["new", "free"].includes(standingOf(box)) ? (
            <Button size="small" onClick={() => pair(box)} aria-label={`${w.pair}: ${box.name}`}>
              {w.pair}
            </Button>
          ) : null}
        </Flex>
      ),
    },
    { title: w.site, dataIndex: "site", render: (site: string) => site || "–" },
    { title: w.people, key: "people", render: (_, box) => <Proved people={box.people} /> },
    {
      title: w.groups,
      dataIndex: "groups",
      render: (groups: string[]) =>
        groups.length === 0 ? (
          <Typography.Text type="secondary">{w.noGroups}</Typography.Text>
        ) : (
          <Flex gap={4} wrap style={{ maxWidth: 280 }}>
            {groups.slice(0, 3).map((id) => (
              <Tag key={id}>{groupName(id)}</Tag>
            ))}
            {groups.length > 3 ? <Tag>+{groups.length - 3}</Tag> : null}
          </Flex>
        ),
    },
    { title: w.version, key: "version", render: (_, box) => heartbeatOf(box).version ?? "–" },
  ];
}
