/** Something to take elsewhere: a key, a link, a command; with a button that copies it. */
import { CheckOutlined, CopyOutlined } from "@ant-design/icons";
import { Button, Flex, Tooltip, Typography } from "antd";
import { useState } from "react";
import { useWords, words } from "./words";

const says = words({
  en: { copy: (what: string) => `Copy: ${what}`, copied: "Copied", failed: "Select it and copy by hand" },
  zh: { copy: (what: string) => `复制：${what}`, copied: "已复制", failed: "请选中后手动复制" },
});

/** Puts a text on the clipboard; also where the page is not secure and browsers hide the clipboard. */
async function copy(text: string): Promise<boolean> {
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
  }
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

export function Copyable({ label, value, hint }: { label: string; value: string; hint?: string }) {
  const w = useWords(says);
  const [state, setState] = useState<"idle" | "copied" | "failed">("idle");
  const take = async () => {
    setState((await copy(value)) ? "copied" : "failed");
    setTimeout(() => setState("idle"), 3000);
  };
  return (
    <div className="copyable">
      <Typography.Text type="secondary">{label}</Typography.Text>
      <Flex gap={8} align="flex-start">
        <code className="mono copyable-value">{value}</code>
        <Tooltip
          title={state === "copied" ? w.copied : state === "failed" ? w.failed : undefined}
          open={state !== "idle"}
        >
          <Button
            size="small"
            icon={state === "copied" ? <CheckOutlined /> : <CopyOutlined />}
            aria-label={w.copy(label)}
            onClick={take}
          />
        </Tooltip>
      </Flex>
      {hint ? <Typography.Text type="secondary">{hint}</Typography.Text> : null}
    </div>
  );
}
