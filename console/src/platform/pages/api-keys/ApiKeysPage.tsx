/** Keys by which other programs use the API. */
import { PlusOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Button, Flex, Tag, Typography } from "antd";
import { useState } from "react";
import { must } from "@/shared/api";
import { CursorTable } from "@/shared/CursorTable";
import { serverNow } from "@/shared/clock";
import { roleNames } from "@/shared/domain";
import { Page } from "@/shared/Page";
import { TypedConfirm } from "@/shared/TypedConfirm";
import { Age } from "@/shared/time";
import { useWords } from "@/shared/words";
import { api, type Schema } from "../../api";
import { KeyShown } from "./parts/KeyShown";
import { NewKey } from "./parts/NewKey";
import { Rotate } from "./parts/Rotate";
import { keyWords } from "./words";

type Key = Schema<"ApiKeyView">;

export function ApiKeysPage() {
  const w = useWords(keyWords);
  const roles = useWords(roleNames);
  const queries = useQueryClient();
  const [isAdding, setAdding] = useState(false);
  const [rotating, setRotating] = useState<Key | null>(null);
  const [deleting, setDeleting] = useState<Key | null>(null);
  const [shown, setShown] = useState<Schema<"ApiKeyShown"> | null>(null);
  const show = (key: Schema<"ApiKeyShown">) => {
    setAdding(false);
    setRotating(null);
    setShown(key);
  };
  const remove = async () => {
    if (!deleting) return;
    await api.DELETE("/api/v1/api-keys/{id}", { params: { path: { id: deleting.id } } });
    await queries.invalidateQueries({ queryKey: ["api-keys"] });
  };
  return (
    <Page
      title={w.title}
      hint={w.hint}
      actions={
        <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>
          {w.add}
        </Button>
      }
    >
      <CursorTable<Key>
        rowKey="id"
        queryKey={["api-keys"]}
        fetchPage={(cursor) => must(api.GET("/api/v1/api-keys", { params: { query: { cursor } } }))}
        refresh={10_000}
        empty={w.none}
        columns={[
          {
            title: w.name,
            key: "name",
            render: (_, { id, name }) => (
              <Flex vertical>
                <span>{name}</span>
                <Typography.Text type="secondary" className="mono sub">
                  key:{id}
                </Typography.Text>
              </Flex>
            ),
          },
          { title: w.role, dataIndex: "role", render: (role: string) => roles[role] ?? role },
          {
            title: w.sites,
            dataIndex: "sites",
            render: (sites: string[] | null) =>
              sites ? sites.map((site) => <Tag key={site}>{site}</Tag>) : w.allSites,
          },
          { title: w.ends, key: "ends", render: (_, key) => <Ends apiKey={key} /> },
          {
            title: w.used,
            dataIndex: "last_used_at",
            render: (at: number | null) => <Age of={at} never={w.unused} />,
          },
          {
            title: w.made,
            key: "made",
            render: (_, { created_at, created_by }) => (
              <Flex vertical>
                <Age of={created_at} />
                <Typography.Text type="secondary" className="sub">
                  {created_by}
                </Typography.Text>
              </Flex>
            ),
          },
          {
            title: "",
            key: "do",
            render: (_, key) => (
              <Flex gap={8}>
                <Button size="small" aria-label={`${w.rotate}: ${key.name}`} onClick={() => setRotating(key)}>
                  {w.rotate}
                </Button>
                <Button
                  size="small"
                  danger
                  aria-label={`${w.delete}: ${key.name}`}
                  onClick={() => setDeleting(key)}
                >
                  {w.delete}
                </Button>
              </Flex>
            ),
          },
        ]}
      />
      <NewKey open={isAdding} onClose={() => setAdding(false)} onMade={show} />
      <Rotate apiKey={rotating} onClose={() => setRotating(null)} onMade={show} />
      <KeyShown shown={shown} onClose={() => setShown(null)} />
      <TypedConfirm
        open={deleting !== null}
        title={w.deleteTitle}
        name={deleting?.name ?? ""}
        action={w.delete}
        onConfirm={remove}
        onClose={() => setDeleting(null)}
      >
        <Typography.Paragraph>{w.deleteHelp}</Typography.Paragraph>
      </TypedConfirm>
    </Page>
  );
}

function Ends({ apiKey: { expires_at, old_until } }: { apiKey: Key }) {
  const w = useWords(keyWords);
  const isOver = expires_at != null && expires_at <= serverNow();
  return (
    <Flex vertical>
      <span>
        {isOver ? <Tag color="error">{w.ended}</Tag> : null}
        <Age of={expires_at} never={w.never} />
      </span>
      {old_until != null && old_until > serverNow() ? (
        <Typography.Text type="secondary" className="sub">
          {w.oldUntil} <Age of={old_until} />
        </Typography.Text>
      ) : null}
    </Flex>
  );
}
