/** What is asked about a new box, or about many that are alike. */
import { Collapse, Form, Input, Switch } from "antd";
import { useWords, words } from "@/shared/words";
import { GroupsField } from "../../../parts/groups";
import { SiteField } from "../../../parts/sites";

const says = words({
  en: {
    name: "Name",
    nameHelp: "What people call the place, such as “Front door”.",
    prefix: "Name of all, a number follows",
    site: "Site",
    siteHelp: "Where it stands. Operators can be restricted to sites.",
    groups: "Permission groups it serves",
    groupsHelp: "Their members are brought to the box.",
    more: "More",
    key: "Licence key it already has",
    keyHelp: "Only when the key is printed on the box or was used before; otherwise one is made.",
    legacy: "Older box: uploads without a token",
    legacyHelp:
      "Then the address of its last login is enough. Leave it off unless the box's uploads are refused.",
    fiqa: "Quality-check server",
    fiqaHelp: "It judges photos for others: “is this good enough to enrol?”",
    need: (what: string) => `Please fill in: ${what}`,
  },
  zh: {
    name: "名称",
    nameHelp: "人们对该位置的称呼，例如“正门”。",
    prefix: "统一名称，后面自动加编号",
    site: "地点",
    siteHelp: "设备所在地。操作员可被限制在某些地点。",
    groups: "服务的权限组",
    groupsHelp: "组内人员会下发到该设备。",
    more: "更多",
    key: "设备已有的授权码",
    keyHelp: "仅当密钥印在设备上或曾经使用过时填写；否则自动生成。",
    legacy: "旧设备：上传不带令牌",
    legacyHelp: "只校验其最近一次登录的地址。除非设备上传被拒绝，否则请保持关闭。",
    fiqa: "质检服务器",
    fiqaHelp: "由它判断照片是否适合登记。",
    need: (what: string) => `请填写：${what}`,
  },
});

export type NewBoxFields = {
  name: string;
  site?: string;
  groups?: string[];
  dev_sno?: string;
  legacy?: boolean;
  fiqa_server?: boolean;
};

export function BoxFields({ many = false }: { many?: boolean }) {
  const w = useWords(says);
  const name = many ? w.prefix : w.name;
  const more = (
    <>
      {many ? null : (
        <Form.Item name="dev_sno" label={w.key} extra={w.keyHelp}>
          <Input className="mono" autoComplete="off" />
        </Form.Item>
      )}
      <Form.Item name="legacy" label={w.legacy} extra={w.legacyHelp} valuePropName="checked">
        <Switch />
      </Form.Item>
      <Form.Item name="fiqa_server" label={w.fiqa} extra={w.fiqaHelp} valuePropName="checked">
        <Switch />
      </Form.Item>
    </>
  );
  return (
    <>
      <Form.Item
        name="name"
        label={name}
        extra={many ? null : w.nameHelp}
        rules={[{ required: true, whitespace: true, max: 64, message: w.need(name) }]}
      >
        <Input autoComplete="off" />
      </Form.Item>
      <Form.Item name="site" label={w.site} extra={w.siteHelp}>
        <SiteField />
      </Form.Item>
      <Form.Item name="groups" label={w.groups} extra={w.groupsHelp}>
        <GroupsField />
      </Form.Item>
      <Collapse
        ghost
        size="small"
        items={[{ key: "more", label: w.more, children: more, forceRender: true }]}
        styles={{ header: { paddingInline: 0 }, body: { paddingInline: 0 } }}
      />
    </>
  );
}
