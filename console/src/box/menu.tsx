/** The pages of the box's console in the order of the menu: address, icon and name. */
import {
  AimOutlined,
  BookOutlined,
  CloudServerOutlined,
  CloudUploadOutlined,
  DashboardOutlined,
  DesktopOutlined,
  HistoryOutlined,
  IdcardOutlined,
  KeyOutlined,
  SettingOutlined,
  TeamOutlined,
  VideoCameraOutlined,
} from "@ant-design/icons";
import type { ReactNode } from "react";
import { words } from "@/shared/words";

export type Part = "daily" | "who" | "setup";
export type Entry = { path: string; icon: ReactNode; name: keyof typeof names.en; part: Part };

export const names = words({
  en: {
    status: "Status",
    history: "History",
    doors: "Doors",
    people: "People",
    groups: "Permission groups",
    libraries: "Libraries",
    cameras: "Cameras",
    recognition: "Recognition",
    welcome: "Welcome screen",
    uploads: "Event upload",
    platform: "Work mode",
    system: "System",
    daily: "Daily",
    who: "People",
    setup: "Set-up",
  },
  zh: {
    status: "状态",
    history: "历史记录",
    doors: "门",
    people: "人员",
    groups: "权限组",
    libraries: "人脸库",
    cameras: "摄像机",
    recognition: "识别设置",
    welcome: "迎宾屏",
    uploads: "事件上传",
    platform: "工作模式",
    system: "系统",
    daily: "日常",
    who: "人员管理",
    setup: "设置",
  },
});

export const PARTS: Part[] = ["daily", "who", "setup"];

export const MENU: Entry[] = [
  { path: "/", icon: <DashboardOutlined />, name: "status", part: "daily" },
  { path: "/history", icon: <HistoryOutlined />, name: "history", part: "daily" },
  { path: "/doors", icon: <KeyOutlined />, name: "doors", part: "daily" },
  { path: "/people", icon: <IdcardOutlined />, name: "people", part: "who" },
  { path: "/groups", icon: <TeamOutlined />, name: "groups", part: "who" },
  { path: "/libraries", icon: <BookOutlined />, name: "libraries", part: "who" },
  { path: "/cameras", icon: <VideoCameraOutlined />, name: "cameras", part: "setup" },
  { path: "/recognition", icon: <AimOutlined />, name: "recognition", part: "setup" },
  { path: "/welcome-screen", icon: <DesktopOutlined />, name: "welcome", part: "setup" },
  { path: "/uploads", icon: <CloudUploadOutlined />, name: "uploads", part: "setup" },
  { path: "/platform", icon: <CloudServerOutlined />, name: "platform", part: "setup" },
  { path: "/system", icon: <SettingOutlined />, name: "system", part: "setup" },
];
