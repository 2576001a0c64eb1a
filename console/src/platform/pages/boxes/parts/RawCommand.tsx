/** Sends a box a message in its own words. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Card, Form, Input, Typography } from "antd";
import { useState } from "react";
import { useAddress } from "@/shared/address";
import { must } from "@/shared/api";
import { useErrorText } from "@/shared/Failure";
import { useWords } from "@/shared/words";
import { api } from "../../../api";
import { settingsWords } from "./settingsWords";

type Message = Record<string, never>;

/** The message, or why it is none. */
function read(text: string): { message?: Message; fault?: "json" | "method"; told?: string } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return { fault: "json" };
    if (!("method" in value) || typeof value.method !== "string") return { fault: "method" };
    return { message: value as Message };
  } catch (error) {
    return { fault: "json", told: error instanceof Error ? error.message : String(error) };
  }
}

export function RawCommand({ devSno }: { devSno: string }) {
  const w = useWords(settingsWords);
  const text = useErrorText();
  const queries = useQueryClient();
  const [, change] = useAddress();
  const [typed, setTyped] = useState('{\n  "method": "delete_users",\n  "userid_list": []\n}');
  const { message, fault, told } = read(typed);
  const send = useMutation({
    mutationFn: (command: Message) =>
      must(
        api.POST("/api/v1/boxes/{dev_sno}/commands/raw", {
          params: { path: { dev_sno: devSno } },
          body: { command },
        }),
      ),
    onSuccess: ({ id }) => {
      void queries.invalidateQueries({ queryKey: ["commands"] });
      change({ tab: "commands", command: id ?? undefined });
    },
  });
  const wrong = fault === "method" ? w.rawMethod : told ? `${w.rawWrong}: ${told}` : w.rawWrong;
  return (
    <Card size="small" title={<h2 className="card-title">{w.raw}</h2>}>
      <Typography.Paragraph type="secondary">{w.rawHelp}</Typography.Paragraph>
      <Form layout="vertical" onFinish={() => message && send.mutate(message)}>
        <Form.Item
          label={w.rawField}
          htmlFor="raw-command"
          validateStatus={fault ? "error" : ""}
          help={fault ? wrong : null}
        >
          <Input.TextArea
            id="raw-command"
            className="mono"
            autoSize={{ minRows: 4, maxRows: 16 }}
            value={typed}
            onChange={({ target }) => setTyped(target.value)}
            spellCheck={false}
          />
        </Form.Item>
        {send.error ? (
          <Alert type="error" showIcon role="alert" title={text(send.error)} style={{ marginBottom: 12 }} />
        ) : null}
        <Button htmlType="submit" disabled={!message} loading={send.isPending}>
          {w.rawSend}
        </Button>
      </Form>
    </Card>
  );
}
