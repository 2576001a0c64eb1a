/** All webhooks: whom the platform tells what happens, and whether they take it. */
import { PlusOutlined } from "@ant-design/icons";
import { Link } from "@tanstack/react-router";
import { Button, Flex, Typography } from "antd";
import { useState } from "react";
import { must } from "@/shared/api";
import { CursorTable } from "@/shared/CursorTable";
import { Page } from "@/shared/Page";
import { useWords } from "@/shared/words";
import { api, type Schema } from "../../api";
import { Editor } from "./parts/Editor";
import { Open, Told, WebhookState } from "./parts/State";
import { webhookWords } from "./parts/words";

export function WebhooksPage() {
  const w = useWords(webhookWords);
  const [isAdding, setAdding] = useState(false);
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
      <CursorTable<Schema<"WebhookView">>
        rowKey="id"
        queryKey={["webhooks", "list"]}
        fetchPage={(cursor) => must(api.GET("/api/v1/webhooks", { params: { query: { cursor } } }))}
        refresh={5_000}
        empty={w.none}
        columns={[
          {
            title: w.to,
            key: "to",
            render: (_, { id, url, description }) => (
              <Flex vertical style={{ maxWidth: 360 }}>
                <Link to="/webhooks/$id" params={{ id }} className="breaks">
                  {description || url}
                </Link>
                {description ? (
                  <Typography.Text type="secondary" className="sub breaks">
                    {url}
                  </Typography.Text>
                ) : null}
              </Flex>
            ),
          },
          { title: w.state, key: "state", render: (_, hook) => <WebhookState hook={hook} /> },
          { title: w.told, key: "told", render: (_, hook) => <Told hook={hook} /> },
          { title: w.open, key: "open", render: (_, hook) => <Open hook={hook} /> },
        ]}
      />
      <Editor open={isAdding} onClose={() => setAdding(false)} />
    </Page>
  );
}
