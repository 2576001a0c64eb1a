/** The frame of a console: menu at the side (a drawer on phones), language, light or dark, and who is logged in. */
import {
  DesktopOutlined,
  GlobalOutlined,
  MenuOutlined,
  MoonOutlined,
  SunOutlined,
  UserOutlined,
} from "@ant-design/icons";
import { Button, Drawer, Dropdown, Flex, Grid, Layout, Menu, type MenuProps, Tooltip } from "antd";
import { type ReactNode, useState } from "react";
import { Logo } from "./Logo";
import { type Brightness, useSettings } from "./settings";
import { LANGUAGES, useWords, words } from "./words";

const says = words({
  en: {
    menu: "Menu",
    language: "Language",
    brightness: { light: "Light", dark: "Dark", auto: "As the system" },
    look: "Light or dark",
    skip: "Skip to the content",
    account: "Account",
  },
  zh: {
    menu: "菜单",
    language: "语言",
    brightness: { light: "浅色", dark: "深色", auto: "跟随系统" },
    look: "浅色或深色",
    skip: "跳到内容",
    account: "账户",
  },
});

const ICONS: Record<Brightness, ReactNode> = {
  light: <SunOutlined />,
  dark: <MoonOutlined />,
  auto: <DesktopOutlined />,
};

type Props = {
  /** Beside the logo. */
  name: string;
  items: MenuProps["items"];
  /** Key of the page that is open. */
  selected: string;
  onSelect: (key: string) => void;
  /** Who is logged in, and what they can do about it. */
  user: string;
  userItems: MenuProps["items"];
  onUserItem: (key: string) => void;
  /** At the right of the header, before the other controls. */
  notice?: ReactNode;
  children: ReactNode;
};

export function Shell(props: Props) {
  const w = useWords(says);
  const isWide = Grid.useBreakpoint().lg ?? true;
  const [open, setOpen] = useState(false);
  const menu = (
    <nav aria-label={w.menu}>
      <Menu
        mode="inline"
        items={props.items ?? []}
        selectedKeys={[props.selected]}
        onClick={({ key }) => {
          setOpen(false);
          props.onSelect(key);
        }}
        style={{ border: 0, background: "transparent" }}
      />
    </nav>
  );
  return (
    <Layout className="shell">
      <a className="skip" href="#content">
        {w.skip}
      </a>
      {isWide ? (
        <Layout.Sider width={224} className="shell-side">
          <Brand name={props.name} />
          {menu}
        </Layout.Sider>
      ) : (
        <Drawer
          open={open}
          onClose={() => setOpen(false)}
          placement="left"
          size={264}
          title={<Brand name={props.name} />}
        >
          {menu}
        </Drawer>
      )}
      <Layout>
        <Layout.Header className="shell-head">
          {isWide ? null : (
            <Button type="text" icon={<MenuOutlined />} aria-label={w.menu} onClick={() => setOpen(true)} />
          )}
          <span className="shell-gap" />
          {props.notice}
          <Preferences />
          <Dropdown
            trigger={["click"]}
            menu={{ items: props.userItems ?? [], onClick: ({ key }) => props.onUserItem(key) }}
          >
            <Button type="text" icon={<UserOutlined />} aria-label={`${w.account}: ${props.user}`}>
              {isWide ? props.user : null}
            </Button>
          </Dropdown>
        </Layout.Header>
        <Layout.Content id="content" className="shell-content" role="main" tabIndex={-1}>
          {props.children}
        </Layout.Content>
      </Layout>
    </Layout>
  );
}

function Brand({ name }: { name: string }) {
  return (
    <Flex align="center" gap={10} className="brand">
      <Logo size={28} />
      <span>{name}</span>
    </Flex>
  );
}

/** Language and light or dark; also on pages without a menu. */
export function Preferences() {
  const w = useWords(says);
  const { language, setLanguage, brightness, setBrightness } = useSettings();
  const looks = (["light", "dark", "auto"] as const).map((key) => ({
    key,
    icon: ICONS[key],
    label: w.brightness[key],
  }));
  return (
    <>
      <Dropdown
        trigger={["click"]}
        menu={{
          selectable: true,
          selectedKeys: [language],
          items: LANGUAGES.map(({ value, label }) => ({ key: value, label })),
          onClick: ({ key }) => setLanguage(key === "zh" ? "zh" : "en"),
        }}
      >
        <Tooltip title={w.language}>
          <Button type="text" icon={<GlobalOutlined />} aria-label={w.language} />
        </Tooltip>
      </Dropdown>
      <Dropdown
        trigger={["click"]}
        menu={{
          selectable: true,
          selectedKeys: [brightness],
          items: looks,
          onClick: ({ key }) => setBrightness(key as Brightness),
        }}
      >
        <Tooltip title={w.look}>
          <Button type="text" icon={ICONS[brightness]} aria-label={w.look} />
        </Tooltip>
      </Dropdown>
    </>
  );
}
