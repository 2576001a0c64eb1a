/** Asks before something is destroyed: its name has to be typed. */
import { Alert, Input, Modal, Typography } from "antd";
import { type ReactNode, useState } from "react";
import { useErrorText } from "./Failure";
import { useWords, words } from "./words";

const says = words({
  en: { type: (name: string) => `Type ${name} to confirm`, cancel: "Cancel" },
  zh: { type: (name: string) => `请输入 ${name} 以确认`, cancel: "取消" },
});

export function TypedConfirm({
  open,
  title,
  name,
  action,
  children,
  isReady = true,
  onConfirm,
  onClose,
}: {
  open: boolean;
  title: string;
  /** What has to be typed. */
  name: string;
  /** What the button says. */
  action: string;
  /** What will happen, in sentences. */
  children: ReactNode;
  /** Whether what else has to be chosen is chosen. */
  isReady?: boolean;
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
}) {
  const w = useWords(says);
  const text = useErrorText();
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const close = () => {
    setTyped("");
    setFailure(null);
    onClose();
  };
  const confirm = async () => {
    setBusy(true);
    setFailure(null);
    try {
      await onConfirm();
      close();
    } catch (error) {
      setFailure(text(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal
      open={open}
      title={title}
      okText={action}
      cancelText={w.cancel}
      okButtonProps={{ danger: true, disabled: !isReady || typed.trim() !== name, loading: busy }}
      onOk={confirm}
      onCancel={close}
      destroyOnHidden
    >
      <div>{children}</div>
      <Typography.Paragraph strong>{w.type(name)}</Typography.Paragraph>
      <Input
        aria-label={w.type(name)}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onPressEnter={() => isReady && typed.trim() === name && confirm()}
        autoFocus
      />
      {failure ? (
        <Alert type="error" title={failure} showIcon role="alert" style={{ marginTop: 12 }} />
      ) : null}
    </Modal>
  );
}
