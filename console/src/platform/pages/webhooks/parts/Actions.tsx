/** What can be done with a webhook: try it, switch it, tell again, change, delete. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { App, Button, Dropdown, Flex, Modal, Spin, Typography } from "antd";
import { useState } from "react";
import { must } from "@/shared/api";
import { Failure, useErrorText } from "@/shared/Failure";
import { TypedConfirm } from "@/shared/TypedConfirm";
import { useWords, words } from "@/shared/words";
import { api, type Schema } from "../../../api";
import { deliveryWords } from "./deliveryWords";
import { Editor } from "./Editor";
import { Replay } from "./Replay";
import { Reply } from "./Reply";
import { webhookWords } from "./words";

type Webhook = Schema<"WebhookView">;

const says = words({
  en: {
    deleteTitle: "Delete the webhook",
    deleteHelp: "Nothing is posted there any more, and its delivery log is gone.",
    more: "More",
  },
  zh: {
    deleteTitle: "删除 Webhook",
    deleteHelp: "不再向该地址发送任何内容，投递记录也会删除。",
    more: "更多",
  },
});

export function Actions({ hook }: { hook: Webhook }) {
  const w = useWords(webhookWords);
  const d = useWords(says);
  const text = useErrorText();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const [open, setOpen] = useState<"edit" | "replay" | "delete" | null>(null);
  const params = { path: { id: hook.id } };
  const close = () => setOpen(null);
  const renew = () => queries.invalidateQueries({ queryKey: ["webhooks"] });
  const turn = useMutation({
    mutationFn: (body: Schema<"WebhookChange">) => must(api.PATCH("/api/v1/webhooks/{id}", { params, body })),
    onSuccess: renew,
    onError: (error) => message.error(text(error)),
  });
  const remove = async () => {
    await api.DELETE("/api/v1/webhooks/{id}", { params });
    await navigate({ to: "/webhooks" });
    queries.removeQueries({ queryKey: ["webhooks"] });
  };
  return (
    <>
      <Test hook={hook} />
      {hook.enabled ? (
        <Button onClick={() => turn.mutate({ enabled: false })} loading={turn.isPending}>
          {w.switchOff}
        </Button>
      ) : (
        <>
          <Button type="primary" onClick={() => turn.mutate({ enabled: true })} loading={turn.isPending}>
            {w.switchOn}
          </Button>
          <Button onClick={() => turn.mutate({ enabled: true, skip_missed: true })}>{w.skip}</Button>
        </>
      )}
      <Dropdown
        trigger={["click"]}
        menu={{
          items: [
            { key: "edit", label: w.edit },
            { key: "replay", label: w.replay },
            { type: "divider" },
            { key: "delete", label: w.delete, danger: true },
          ],
          onClick: ({ key }) => setOpen(key as typeof open),
        }}
      >
        <Button>{d.more}</Button>
      </Dropdown>
      <Editor open={open === "edit"} hook={hook} onClose={close} />
      <Replay hook={hook} open={open === "replay"} onClose={close} />
      <TypedConfirm
        open={open === "delete"}
        title={d.deleteTitle}
        name={hook.description || new URL(hook.url).host}
        action={w.delete}
        onConfirm={remove}
        onClose={close}
      >
        <Typography.Paragraph>{d.deleteHelp}</Typography.Paragraph>
      </TypedConfirm>
    </>
  );
}

function Test({ hook }: { hook: Webhook }) {
  const w = useWords(webhookWords);
  const said = useWords(deliveryWords);
  const queries = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const test = useMutation({
    mutationFn: () => must(api.POST("/api/v1/webhooks/{id}/test", { params: { path: { id: hook.id } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ["webhooks"] }),
  });
  const send = () => {
    setOpen(true);
    test.mutate();
  };
  return (
    <>
      <Button onClick={send}>{w.test}</Button>
      <Modal
        open={isOpen}
        title={said.testTitle}
        onCancel={() => setOpen(false)}
        footer={null}
        width={640}
        destroyOnHidden
      >
        {test.isPending ? (
          <Flex gap={12} align="center" aria-live="polite">
            <Spin /> {said.testing}
          </Flex>
        ) : null}
        {test.error ? <Failure error={test.error} retry={test.mutate} /> : null}
        {test.data ? <Reply delivery={test.data} /> : null}
      </Modal>
    </>
  );
}
