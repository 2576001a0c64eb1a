/** Imports of many people, and the way to begin one. */
import { ImportOutlined } from "@ant-design/icons";
import { Link } from "@tanstack/react-router";
import { Button, Tag } from "antd";
import { useAddress } from "@/shared/address";
import { must } from "@/shared/api";
import { CursorTable } from "@/shared/CursorTable";
import { Page } from "@/shared/Page";
import { Age } from "@/shared/time";
import { useWords } from "@/shared/words";
import { api, useMay } from "../../api";
import type { Import } from "./send";
import { Wizard } from "./Wizard";
import { says } from "./words";

export const IMPORT_COLOURS: Record<string, string> = {
  receiving: "default",
  checking: "blue",
  running: "blue",
  done: "green",
  cancelled: "default",
  failed: "red",
};

export function ImportsPage() {
  const w = useWords(says);
  const mayChange = useMay("operator");
  const [told, change] = useAddress();
  return (
    <Page
      title={w.title}
      hint={
        <>
          <div>{w.hint}</div>
          <Link to="/people">{w.back}</Link>
        </>
      }
      actions={
        mayChange ? (
          <Button type="primary" icon={<ImportOutlined />} onClick={() => change({ begin: true })}>
            {w.begin}
          </Button>
        ) : null
      }
    >
      <CursorTable<Import>
        rowKey="id"
        queryKey={["imports", "list"]}
        fetchPage={(cursor) => must(api.GET("/api/v1/people/imports", { params: { query: { cursor } } }))}
        refresh={5_000}
        empty={w.none}
        columns={[
          {
            key: "when",
            title: w.when,
            render: (_, row) => (
              <Link to="/people/imports/$id" params={{ id: row.id }}>
                <Age of={row.created_at} />
              </Link>
            ),
          },
          { key: "kind", title: w.kind, render: (_, row) => (row.dry_run ? w.trial : w.real) },
          {
            key: "state",
            title: w.state,
            render: (_, row) => (
              <Tag color={IMPORT_COLOURS[row.state]}>{w.states[row.state] ?? row.state}</Tag>
            ),
          },
          { key: "rows", title: w.rows, render: (_, row) => w.counts(row.done, row.failed, row.total) },
          { key: "by", title: w.by, dataIndex: "created_by" },
        ]}
      />
      {mayChange ? (
        <Wizard open={told.begin === "true"} onClose={() => change({ begin: undefined })} />
      ) : null}
    </Page>
  );
}
