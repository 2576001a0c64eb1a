/** Recovery codes, shown this once: to be copied or kept as a file. */
import { CopyOutlined, DownloadOutlined } from "@ant-design/icons";
import { Alert, App, Button, Flex } from "antd";
import { useWords } from "@/shared/words";
import { says } from "./words";

export function RecoveryCodes({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  const w = useWords(says);
  const { message } = App.useApp();
  const all = `${codes.join("\n")}\n`;
  const copy = async () => {
    await navigator.clipboard?.writeText(all);
    void message.success(w.copied);
  };
  return (
    <Flex vertical gap={12} align="flex-start">
      <Alert type="warning" showIcon title={w.codes} description={w.codesHelp} />
      <ul className="codes mono" aria-label={w.codes}>
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <Flex gap={8} wrap>
        {navigator.clipboard ? (
          <Button icon={<CopyOutlined />} onClick={copy}>
            {w.copy}
          </Button>
        ) : null}
        <Button
          icon={<DownloadOutlined />}
          href={`data:text/plain;charset=utf-8,${encodeURIComponent(all)}`}
          download="menshen-recovery-codes.txt"
        >
          {w.save}
        </Button>
        <Button type="primary" onClick={onDone}>
          {w.kept}
        </Button>
      </Flex>
    </Flex>
  );
}
