/** The secret as a picture and as text, and the code that proves that an app has it. */
import { Alert, Button, Flex, Form, Input, Typography } from "antd";
import { useState } from "react";
import { useErrorText } from "@/shared/Failure";
import { QrPicture } from "@/shared/QrPicture";
import { useWords } from "@/shared/words";
import type { Schema } from "../../api";
import { says } from "./words";

type Props = {
  enrolment: Schema<"Enrolment">;
  onConfirm: (code: string) => Promise<unknown>;
  onCancel: () => void;
};

export function ConfirmCode({ enrolment, onConfirm, onCancel }: Props) {
  const w = useWords(says);
  const text = useErrorText();
  const [failure, setFailure] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const confirm = async ({ code }: { code: string }) => {
    setBusy(true);
    setFailure(null);
    try {
      await onConfirm(code.replace(/\s/g, ""));
    } catch (error) {
      setFailure(text(error));
      setBusy(false);
    }
  };
  return (
    <Flex gap={24} wrap>
      <QrPicture value={enrolment.url} name={w.scan} />
      <div style={{ maxWidth: 420, flex: "1 1 260px" }}>
        <Typography.Paragraph>
          {w.scan}, {w.orType}
        </Typography.Paragraph>
        <Typography.Paragraph
          copyable={{ text: enrolment.secret, tooltips: [w.copy, w.copied] }}
          className="mono"
        >
          {enrolment.secret.replace(/(.{4})(?=.)/g, "$1 ")}
        </Typography.Paragraph>
        <Form layout="vertical" requiredMark={false} onFinish={confirm}>
          <Form.Item name="code" label={w.code} rules={[{ required: true, message: w.need }]}>
            <Input inputMode="numeric" autoComplete="one-time-code" maxLength={9} autoFocus />
          </Form.Item>
          {failure ? (
            <Alert type="error" showIcon role="alert" title={failure} style={{ marginBottom: 16 }} />
          ) : null}
          <Flex gap={8}>
            <Button type="primary" htmlType="submit" loading={isBusy}>
              {w.confirm}
            </Button>
            <Button onClick={onCancel}>{w.cancel}</Button>
          </Flex>
        </Form>
      </div>
    </Flex>
  );
}
