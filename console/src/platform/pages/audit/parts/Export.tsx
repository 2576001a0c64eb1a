/** Takes the log as a file; browsers fetch it themselves, so its size does not matter. */
import { DownloadOutlined } from "@ant-design/icons";
import { Button, Dropdown, Tooltip } from "antd";
import { useWords } from "@/shared/words";
import { auditWords } from "../words";

export function Export({ from, until }: { from: number | undefined; until: number | undefined }) {
  const w = useWords(auditWords);
  const take = (format: string) => {
    const query = new URLSearchParams({ format });
    if (from !== undefined) query.set("from", String(from));
    if (until !== undefined) query.set("until", String(until));
    const link = document.createElement("a");
    link.href = `/api/v1/audit/export?${query}`;
    link.download = `audit.${format}`;
    link.click();
  };
  return (
    <Dropdown
      trigger={["click"]}
      menu={{
        items: [
          { key: "csv", label: "CSV" },
          { key: "jsonl", label: "JSON Lines" },
        ],
        onClick: ({ key }) => take(key),
      }}
    >
      <Tooltip title={w.exportHelp}>
        <Button icon={<DownloadOutlined />}>{w.export}</Button>
      </Tooltip>
    </Dropdown>
  );
}
