/** Adds many boxes at once, and hands out the list of their keys for the installers. */
import { DownloadOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Flex, Form, Input, InputNumber, Modal, Segmented } from "antd";
import { useState } from "react";
import { must } from "@/shared/api";
import { download } from "@/shared/download";
import { FormDialog } from "@/shared/FormDialog";
import { WideTable } from "@/shared/WideTable";
import { useWords, words } from "@/shared/words";
import { api } from "../../../api";
import { GroupsField } from "../../../parts/groups";
import { BoxFields, type NewBoxFields } from "./BoxFields";
import { type Added, csvOf, linesOf } from "./list";

const says = words({
  en: {
    title: "Add many boxes",
    alike: "So many that are alike",
    list: "A list",
    count: "How many (1 to 500)",
    lines: "One box in each line: name, site, key",
    linesHelp: "Site and key may be left out; a missing key is made.",
    groups: "Permission groups all of them serve",
    add: "Add",
    close: "Close",
    added: (count: number) => `${count} boxes were added`,
    addedHelp: "Each installer types the key and the login URL into the box, or uses the link of “Pair”.",
    save: "Download as CSV",
    key: "Key",
    name: "Name",
    site: "Site",
    url: "Login URL",
    need: (what: string) => `Please fill in: ${what}`,
  },
  zh: {
    title: "批量添加设备",
    alike: "按数量",
    list: "按列表",
    count: "数量（1 到 500）",
    lines: "每行一台设备：名称，地点，授权码",
    linesHelp: "地点和授权码可以省略；缺少的授权码会自动生成。",
    groups: "全部设备服务的权限组",
    add: "添加",
    close: "关闭",
    added: (count: number) => `已添加 ${count} 台设备`,
    addedHelp: "安装人员在设备上输入密钥和登录地址，或使用“配对”生成的链接。",
    save: "下载 CSV",
    key: "授权码",
    name: "名称",
    site: "地点",
    url: "登录地址",
    need: (what: string) => `请填写：${what}`,
  },
});

type Fields = NewBoxFields & { count: number; lines: string };

export function AddMany({ open, onClose }: { open: boolean; onClose: () => void }) {
  const w = useWords(says);
  const queries = useQueryClient();
  const [way, setWay] = useState<"alike" | "list">("alike");
  const [added, setAdded] = useState<Added[] | null>(null);
  const add = async ({ count, lines, ...like }: Fields) => {
    const groups = like.groups ?? [];
    const body =
      way === "alike" ? { count, like } : { boxes: linesOf(lines).map((line) => ({ ...line, groups })) };
    const made = await must(api.POST("/api/v1/boxes/bulk", { body }));
    void queries.invalidateQueries({ queryKey: ["boxes"] });
    void queries.invalidateQueries({ queryKey: ["sites"] });
    // Asked for as JSON, never as CSV.
    if (typeof made === "object") setAdded(made.items);
  };
  if (added)
    return (
      <Modal
        open={open}
        title={w.title}
        width={820}
        onCancel={onClose}
        afterClose={() => setAdded(null)}
        footer={<Button onClick={onClose}>{w.close}</Button>}
      >
        <AddedList added={added} />
      </Modal>
    );
  return (
    <FormDialog<Fields>
      open={open}
      title={w.title}
      width={560}
      action={w.add}
      initial={{ groups: ["0"], count: 10 }}
      send={add}
      onClose={onClose}
    >
      <Form.Item>
        <Segmented
          value={way}
          onChange={setWay}
          options={[
            { value: "alike", label: w.alike },
            { value: "list", label: w.list },
          ]}
        />
      </Form.Item>
      {way === "alike" ? (
        <>
          <Form.Item name="count" label={w.count} rules={[{ required: true, message: w.need(w.count) }]}>
            <InputNumber min={1} max={500} precision={0} style={{ width: 120 }} />
          </Form.Item>
          <BoxFields many />
        </>
      ) : (
        <>
          <Form.Item
            name="lines"
            label={w.lines}
            extra={w.linesHelp}
            rules={[{ required: true, whitespace: true, message: w.need(w.lines) }]}
          >
            <Input.TextArea rows={8} className="mono" />
          </Form.Item>
          <Form.Item name="groups" label={w.groups}>
            <GroupsField />
          </Form.Item>
        </>
      )}
    </FormDialog>
  );
}

function AddedList({ added }: { added: Added[] }) {
  const w = useWords(says);
  const mono = (value: string) => <span className="mono">{value}</span>;
  return (
    <Flex vertical gap={12}>
      <Alert type="success" showIcon title={w.added(added.length)} description={w.addedHelp} />
      <div>
        <Button icon={<DownloadOutlined />} onClick={() => download("boxes.csv", csvOf(added), "text/csv")}>
          {w.save}
        </Button>
      </div>
      <WideTable<Added>
        size="small"
        rowKey="dev_sno"
        dataSource={added}
        pagination={added.length > 10 ? { pageSize: 10, showSizeChanger: false } : false}
        columns={[
          { title: w.name, dataIndex: "name" },
          { title: w.key, dataIndex: "dev_sno", render: mono },
          { title: w.site, dataIndex: "site", render: (site: string) => site || "–" },
          { title: w.url, dataIndex: "login_url", render: mono },
        ]}
      />
    </Flex>
  );
}
