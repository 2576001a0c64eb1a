/** Tells a webhook again what happened in a span of time. */
import { useQueryClient } from "@tanstack/react-query";
import { App, DatePicker, Form, Typography } from "antd";
import type { Dayjs } from "dayjs";
import { must } from "@/shared/api";
import { FormDialog } from "@/shared/FormDialog";
import { useWords } from "@/shared/words";
import { api, type Schema } from "../../../api";
import { deliveryWords } from "./deliveryWords";

type Props = { hook: Schema<"WebhookView">; open: boolean; onClose: () => void };

export function Replay({ hook, open, onClose }: Props) {
  const w = useWords(deliveryWords);
  const queries = useQueryClient();
  const { message } = App.useApp();
  const replay = async ({ span: [from, until] }: { span: [Dayjs, Dayjs] }) => {
    const params = { path: { id: hook.id } };
    const body = { from: from.valueOf(), until: until.valueOf() };
    const { entries } = await must(api.POST("/api/v1/webhooks/{id}/replay", { params, body }));
    message.success(w.started(entries));
    void queries.invalidateQueries({ queryKey: ["webhooks"] });
    onClose();
  };
  return (
    <FormDialog open={open} title={w.replayTitle} action={w.start} send={replay} onClose={onClose}>
      <Typography.Paragraph>{w.replayHelp}</Typography.Paragraph>
      <Form.Item name="span" label={w.span} rules={[{ required: true, message: w.needSpan }]}>
        <DatePicker.RangePicker showTime style={{ width: "100%" }} />
      </Form.Item>
    </FormDialog>
  );
}
