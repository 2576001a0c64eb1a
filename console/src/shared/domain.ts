/** The words of the field, one each, in both languages: types of people and cameras, states, verdicts. */
import { words } from "./words";

/** Types of people, 1 to 5. */
export const personTypes = words<Record<number, string>>({
  en: { 1: "Employee", 2: "Visitor", 3: "Blacklist", 4: "Stranger", 5: "VIP" },
  zh: { 1: "员工", 2: "访客", 3: "黑名单", 4: "陌生人", 5: "贵宾" },
});

/** The colour of a tag for each type of person. */
export const PERSON_COLOURS: Record<number, string> = {
  1: "blue",
  2: "cyan",
  3: "red",
  4: "orange",
  5: "gold",
};

/** Types of cameras, as on the wire. */
export const deviceTypes = words<Record<string, string>>({
  en: {
    0: "Gate",
    1: "Capture camera",
    2: "Network camera, still",
    3: "Network camera, tracking",
    4: "Door",
  },
  zh: { 0: "闸机", 1: "抓拍机", 2: "网络摄像机（静态）", 3: "网络摄像机（动态跟踪）", 4: "门禁机" },
});

export type Role = "viewer" | "operator" | "admin";
const ROLES: Role[] = ["viewer", "operator", "admin"];

/** Whether a role may do what `needed` may. */
export function mayDo(role: string, needed: Role): boolean {
  return ROLES.indexOf(role as Role) >= ROLES.indexOf(needed);
}

export const roleNames = words<Record<string, string>>({
  en: { viewer: "Viewer", operator: "Operator", admin: "Administrator" },
  zh: { viewer: "查看者", operator: "操作员", admin: "管理员" },
});

/** States of a person on a box. */
export const holdingStates = words<Record<string, string>>({
  en: {
    pending: "Waiting to be sent",
    sent: "Sent, not proved",
    applied: "Proved",
    failed: "Refused by the box",
  },
  zh: { pending: "等待下发", sent: "已下发，未证实", applied: "已证实", failed: "设备拒绝" },
});

/** States of a command, each an observed fact. */
export const commandStates = words<Record<string, string>>({
  en: {
    queued: "Written down",
    published: "Taken by the broker",
    done: "Done, says the box",
    failed: "Failed, says the box",
    expired: "No answer in time",
  },
  zh: {
    queued: "已记录",
    published: "代理已确认",
    done: "设备已完成",
    failed: "设备报告失败",
    expired: "超时无应答",
  },
});

/** What a door did. */
export const doorResults = words<Record<string, string>>({
  en: {
    opened: "Door opened",
    closed: "Door closed",
    alarm: "Alarm raised",
    failed: "Door failed",
    none: "Door not moved",
  },
  zh: { opened: "门已开", closed: "门已关", alarm: "已报警", failed: "门控失败", none: "门未动作" },
});

/** A score as a share: boxes of other makers count in percent. */
export function share(score: number | null | undefined): number | null {
  if (score === null || score === undefined) return null;
  return score > 1 ? score / 100 : score;
}

/** A score (0 to 1) as people read it. */
export function percent(score: number | null | undefined): string {
  return score === null || score === undefined ? "–" : `${(score * 100).toFixed(0)} %`;
}

/** Bytes as people read them. */
export function bytes(count: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let rest = count;
  let unit = 0;
  while (rest >= 1024 && unit < units.length - 1) {
    rest /= 1024;
    unit += 1;
  }
  return `${unit === 0 || rest >= 100 ? rest.toFixed(0) : rest.toFixed(1)} ${units[unit]}`;
}
