/** Who may use the console, and as what. */
import { PlusOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { App, Button, Flex, Popconfirm, Tag, Tooltip, Typography } from "antd";
import { useState } from "react";
import { must } from "@/shared/api";
import { CursorTable } from "@/shared/CursorTable";
import { roleNames } from "@/shared/domain";
import { useErrorText } from "@/shared/Failure";
import { Page } from "@/shared/Page";
import { TypedConfirm } from "@/shared/TypedConfirm";
import { Age } from "@/shared/time";
import { useWords } from "@/shared/words";
import { api, type Schema, useSession } from "../../api";
import { Editor } from "./parts/Editor";
import { operatorWords } from "./words";

type Operator = Schema<"OperatorView">;

export function OperatorsPage() {
  const w = useWords(operatorWords);
  const roles = useWords(roleNames);
  const queries = useQueryClient();
  const me = useSession()?.username;
  const [editing, setEditing] = useState<Operator | "new" | null>(null);
  const [removing, setRemoving] = useState<Operator | null>(null);
  const remove = async () => {
    if (!removing) return;
    const path = { username: removing.username };
    await api.DELETE("/api/v1/operators/{username}", { params: { path } });
    await queries.invalidateQueries({ queryKey: ["operators"] });
  };
  return (
    <Page
      title={w.title}
      hint={w.hint}
      actions={
        <Button type="primary" icon={<PlusOutlined />} onClick={() => setEditing("new")}>
          {w.add}
        </Button>
      }
    >
      <CursorTable<Operator>
        rowKey="username"
        queryKey={["operators"]}
        fetchPage={(cursor) => must(api.GET("/api/v1/operators", { params: { query: { cursor } } }))}
        refresh={15_000}
        columns={[
          {
            title: w.name,
            dataIndex: "username",
            render: (name: string) => (
              <>
                {name} {name === me ? <Tag>{w.you}</Tag> : null}
              </>
            ),
          },
          { title: w.role, dataIndex: "role", render: (role: string) => roles[role] ?? role },
          {
            title: w.sites,
            dataIndex: "sites",
            render: (sites: string[] | null) =>
              sites ? sites.map((site) => <Tag key={site}>{site}</Tag>) : w.allSites,
          },
          {
            title: w.second,
            key: "second",
            render: (_, operator) => <SecondFactor operator={operator} isMe={operator.username === me} />,
          },
          { title: w.added, dataIndex: "created_at", render: (at: number) => <Age of={at} /> },
          {
            title: "",
            key: "do",
            render: (_, operator) => (
              <Flex gap={8}>
                <Button
                  size="small"
                  aria-label={`${w.edit}: ${operator.username}`}
                  onClick={() => setEditing(operator)}
                >
                  {w.edit}
                </Button>
                <Tooltip title={operator.username === me ? w.notYou : null}>
                  <Button
                    size="small"
                    danger
                    disabled={operator.username === me}
                    aria-label={`${w.remove}: ${operator.username}`}
                    onClick={() => setRemoving(operator)}
                  >
                    {w.remove}
                  </Button>
                </Tooltip>
              </Flex>
            ),
          },
        ]}
      />
      <Typography.Text type="secondary">{w.notYou}</Typography.Text>
      <Editor
        open={editing !== null}
        operator={editing === "new" ? null : editing}
        onClose={() => setEditing(null)}
      />
      <TypedConfirm
        open={removing !== null}
        title={w.removeTitle}
        name={removing?.username ?? ""}
        action={w.remove}
        onConfirm={remove}
        onClose={() => setRemoving(null)}
      >
        <Typography.Paragraph>{w.removeHelp}</Typography.Paragraph>
      </TypedConfirm>
    </Page>
  );
}

function SecondFactor({ operator, isMe }: { operator: Operator; isMe: boolean }) {
  const w = useWords(operatorWords);
  const text = useErrorText();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const reset = useMutation({
    mutationFn: () =>
      api.DELETE("/api/v1/operators/{username}/totp", {
        params: { path: { username: operator.username } },
      }),
    onSuccess: () => {
      message.success(w.resetDone);
      void queries.invalidateQueries({ queryKey: ["operators"] });
    },
    onError: (error) => message.error(text(error)),
  });
  if (!operator.second_factor) return <Typography.Text type="secondary">{w.secondOff}</Typography.Text>;
  return (
    <Flex gap={8} align="center">
      <Tag color="success">{w.secondOn}</Tag>
      {isMe ? null : (
        <Popconfirm
          title={w.reset}
          description={<div style={{ maxWidth: 320 }}>{w.resetHelp}</div>}
          okText={w.reset}
          cancelText={w.cancel}
          onConfirm={() => reset.mutateAsync().catch(() => undefined)}
        >
          <Button size="small">{w.reset}</Button>
        </Popconfirm>
      )}
    </Flex>
  );
}
