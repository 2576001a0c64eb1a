/** What ends something of a box: its hold on the key, what it holds, its place in the fleet. Each says what follows. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Alert, App, Button, Card, Checkbox, Flex, Popconfirm, Typography } from "antd";
import { type ReactNode, useState } from "react";
import { must } from "@/shared/api";
import { useErrorText } from "@/shared/Failure";
import { TypedConfirm } from "@/shared/TypedConfirm";
import { useWords } from "@/shared/words";
import { api, type Schema } from "../../../api";
import { settingsWords } from "./settingsWords";

type Box = Schema<"BoxView">;

export function Endings({ box }: { box: Box }) {
  const w = useWords(settingsWords);
  return (
    <Card size="small" title={<h2 className="card-title">{w.danger}</h2>}>
      <Flex vertical gap={20}>
        <Unbind box={box} />
        <Wipe box={box} />
        <Delete box={box} />
      </Flex>
    </Card>
  );
}

function Ending({ title, help, children }: { title: string; help: ReactNode; children: ReactNode }) {
  return (
    <Flex justify="space-between" align="flex-start" gap={16} wrap>
      <div style={{ flex: "1 1 300px" }}>
        <Typography.Text strong>{title}</Typography.Text>
        <div>
          <Typography.Text type="secondary">{help}</Typography.Text>
        </div>
      </div>
      {children}
    </Flex>
  );
}

function Unbind({ box }: { box: Box }) {
  const w = useWords(settingsWords);
  const text = useErrorText();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const unbind = useMutation({
    mutationFn: () =>
      must(api.POST("/api/v1/boxes/{dev_sno}/unbind", { params: { path: { dev_sno: box.dev_sno } } })),
    onSuccess: () => {
      message.success(w.unbound);
      void queries.invalidateQueries({ queryKey: ["boxes"] });
    },
    onError: (error) => message.error(text(error)),
  });
  return (
    <Ending title={w.unbindTitle} help={`${w.unbindHelp} ${box.mac ? w.bound(box.mac) : w.unbound}`}>
      <Popconfirm
        title={w.unbindTitle}
        description={<div style={{ maxWidth: 320 }}>{w.unbindHelp}</div>}
        okText={w.unbind}
        cancelText={w.cancel}
        onConfirm={() => unbind.mutateAsync().catch(() => undefined)}
      >
        <Button danger disabled={!box.mac} loading={unbind.isPending}>
          {w.unbind}
        </Button>
      </Popconfirm>
    </Ending>
  );
}

function Wipe({ box }: { box: Box }) {
  const w = useWords(settingsWords);
  const queries = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const [what, setWhat] = useState<string[]>(["users"]);
  const [command, setCommand] = useState<string | null>(null);
  const wipe = async () => {
    const body = {
      method: "wipe_data" as const,
      users: what.includes("users"),
      events: what.includes("events"),
    };
    const path = { dev_sno: box.dev_sno };
    const sent = await must(api.POST("/api/v1/boxes/{dev_sno}/commands", { params: { path }, body }));
    setCommand(sent.id ?? null);
    void queries.invalidateQueries({ queryKey: ["commands"] });
  };
  return (
    <>
      <Ending title={w.wipeTitle} help={w.wipeHelp}>
        <Button danger onClick={() => setOpen(true)}>
          {w.wipe}
        </Button>
      </Ending>
      {command ? (
        <Alert
          type="info"
          showIcon
          title={w.wiped}
          action={
            <Link to="/boxes/$devSno" params={{ devSno: box.dev_sno }} search={{ tab: "commands", command }}>
              {w.follow}
            </Link>
          }
        />
      ) : null}
      <TypedConfirm
        open={isOpen}
        title={w.wipeTitle}
        name={box.name}
        action={w.wipe}
        isReady={what.length > 0}
        onConfirm={wipe}
        onClose={() => setOpen(false)}
      >
        <Typography.Paragraph>{w.wipeHelp}</Typography.Paragraph>
        <Checkbox.Group
          value={what}
          onChange={setWhat}
          style={{ marginBottom: 12 }}
          options={[
            { value: "users", label: w.wipeUsers },
            { value: "events", label: w.wipeEvents },
          ]}
        />
      </TypedConfirm>
    </>
  );
}

function Delete({ box }: { box: Box }) {
  const w = useWords(settingsWords);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const remove = async () => {
    await api.DELETE("/api/v1/boxes/{dev_sno}", { params: { path: { dev_sno: box.dev_sno } } });
    await navigate({ to: "/boxes" });
    queries.removeQueries({ queryKey: ["boxes"] });
  };
  return (
    <>
      <Ending title={w.deleteTitle} help={w.deleteHelp}>
        <Button danger onClick={() => setOpen(true)}>
          {w.delete}
        </Button>
      </Ending>
      <TypedConfirm
        open={isOpen}
        title={w.deleteTitle}
        name={box.name}
        action={w.delete}
        onConfirm={remove}
        onClose={() => setOpen(false)}
      >
        <Typography.Paragraph>{w.deleteHelp}</Typography.Paragraph>
      </TypedConfirm>
    </>
  );
}
