/** Asks for the password before something that weakens or changes the account. */
import { Alert, Button, Flex, Form, Input } from "antd";
import { useState } from "react";
import { useErrorText } from "@/shared/Failure";
import { useWords } from "@/shared/words";
import { says } from "./words";

type Props = {
  action: string;
  isDangerous?: boolean;
  onProve: (password: string) => Promise<unknown>;
  onCancel: () => void;
};

export function ProvePassword({ action, isDangerous = false, onProve, onCancel }: Props) {
  const w = useWords(says);
  const text = useErrorText();
  const [failure, setFailure] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const prove = async ({ password }: { password: string }) => {
    setBusy(true);
    setFailure(null);
    try {
      await onProve(password);
    } catch (error) {
      setFailure(text(error));
      setBusy(false);
    }
  };
  return (
    <Form layout="vertical" requiredMark={false} onFinish={prove} style={{ maxWidth: 420 }}>
      <Form.Item name="password" label={w.yourPassword} rules={[{ required: true, message: w.need }]}>
        <Input.Password autoComplete="current-password" autoFocus />
      </Form.Item>
      {failure ? (
        <Alert type="error" showIcon role="alert" title={failure} style={{ marginBottom: 16 }} />
      ) : null}
      <Flex gap={8}>
        <Button type="primary" danger={isDangerous} htmlType="submit" loading={isBusy}>
          {action}
        </Button>
        <Button onClick={onCancel}>{w.cancel}</Button>
      </Flex>
    </Form>
  );
}
