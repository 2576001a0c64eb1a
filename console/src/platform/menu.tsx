/** The pages of the console in the order of the menu: address, icon, name, and the least role that may open it. */
import {
  ApiOutlined,
  AuditOutlined,
  CloudServerOutlined,
  CodeOutlined,
  DashboardOutlined,
  DatabaseOutlined,
  FieldTimeOutlined,
  HistoryOutlined,
  IdcardOutlined,
  KeyOutlined,
  SettingOutlined,
  TeamOutlined,
  UsergroupAddOutlined,
  VideoCameraOutlined,
} from "@ant-design/icons";
import type { ReactNode } from "react";
import type { Role } from "@/shared/domain";
import { words } from "@/shared/words";

export type Entry = { path: string; icon: ReactNode; name: keyof typeof names.en; needs: Role; part: Part };
export type Part = "daily" | "manage" | "system";

export const names = words({
  en: {
    overview: "Overview",
    live: "Live",
    events: "Events",
    people: "People",
    groups: "Permission groups",
    boxes: "Boxes",
    commands: "Commands",
    webhooks: "Webhooks",
    apiKeys: "API keys",
    operators: "Operators",
    audit: "Audit log",
    retention: "Retention",
    system: "System",
    walls: "Live walls",
    daily: "Daily",
    manage: "Manage",
    systemPart: "System",
  },
  zh: {
    overview: "总览",
    live: "实时",
    events: "事件",
    people: "人员",
    groups: "权限组",
    boxes: "设备",
    commands: "命令",
    webhooks: "Webhook",
    apiKeys: "API 密钥",
    operators: "操作员",
    audit: "审计日志",
    retention: "保留期限",
    system: "系统",
    walls: "实时看板",
    daily: "日常",
    manage: "管理",
    systemPart: "系统",
  },
});

export const MENU: Entry[] = [
  { path: "/", icon: <DashboardOutlined />, name: "overview", needs: "viewer", part: "daily" },
  { path: "/watch", icon: <VideoCameraOutlined />, name: "live", needs: "viewer", part: "daily" },
  { path: "/events", icon: <HistoryOutlined />, name: "events", needs: "viewer", part: "daily" },
  { path: "/people", icon: <IdcardOutlined />, name: "people", needs: "viewer", part: "manage" },
  { path: "/groups", icon: <TeamOutlined />, name: "groups", needs: "viewer", part: "manage" },
  { path: "/boxes", icon: <CloudServerOutlined />, name: "boxes", needs: "viewer", part: "manage" },
  { path: "/commands", icon: <CodeOutlined />, name: "commands", needs: "viewer", part: "manage" },
  { path: "/walls", icon: <DatabaseOutlined />, name: "walls", needs: "admin", part: "system" },
  { path: "/webhooks", icon: <ApiOutlined />, name: "webhooks", needs: "admin", part: "system" },
  { path: "/api-keys", icon: <KeyOutlined />, name: "apiKeys", needs: "admin", part: "system" },
  { path: "/operators", icon: <UsergroupAddOutlined />, name: "operators", needs: "admin", part: "system" },
  { path: "/audit", icon: <AuditOutlined />, name: "audit", needs: "admin", part: "system" },
  { path: "/retention", icon: <FieldTimeOutlined />, name: "retention", needs: "viewer", part: "system" },
  { path: "/system", icon: <SettingOutlined />, name: "system", needs: "viewer", part: "system" },
];
