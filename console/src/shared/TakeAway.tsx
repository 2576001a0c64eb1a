/** A button that takes something away, after asking; it says what came of it. */
import { App, Button, Popconfirm } from "antd";
import { useState } from "react";
import { useErrorText } from "./Failure";
import { useWords, words } from "./words";

const says = words({ en: { cancel: "Cancel" }, zh: { cancel: "取消" } });

type Props = {
  /** What it does, on the button. */
  action: string;
  /** Whether that is wanted, and what it leads to. */
  ask: string;
  hint?: string;
  work: () => Promise<unknown>;
  /** Said when it is done. */
  done: string;
  size?: "small" | "middle";
};

export function TakeAway({ action, ask, hint, work, done, size = "small" }: Props) {
  const w = useWords(says);
  const text = useErrorText();
  const { message } = App.useApp();
  const [busy, setBusy] = useState(false);
  const take = async () => {
    setBusy(true);
    try {
      await work();
      message.success(done);
    } catch (error) {
      message.error(text(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Popconfirm
      title={ask}
      description={hint}
      okText={action}
      cancelText={w.cancel}
      okButtonProps={{ danger: true }}
      onConfirm={take}
    >
      <Button size={size} danger loading={busy}>
        {action}
      </Button>
    </Popconfirm>
  );
}
