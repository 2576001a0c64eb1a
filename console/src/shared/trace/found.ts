/**
 * What gates and doors say, in the language of whoever reads: a box writes English words into its events, and an event is read
 * years later in another language. What is not known here stays as the box wrote it.
 */

import { exactly } from "../time";
import { told } from "../told/told";
import type { Language } from "../words";
import { checkNames } from "./words";

type Said = (parts: string[], language: Language) => string;

/** Moments in gates' words are ISO 8601; people read their own clock. */
function moment(text: string, language: Language): string {
  const at = Date.parse(text);
  return Number.isNaN(at) ? text : exactly(at, language);
}

/** `face_size, headpose` in words. */
export function checks(text: string, language: Language): string {
  const names = checkNames[language];
  return text
    .split(", ")
    .map((name) => names[name] ?? name)
    .join(language === "zh" ? "、" : ", ");
}

const pick =
  (en: Said, zh: Said): Said =>
  (parts, language) =>
    language === "zh" ? zh(parts, language) : en(parts, language);
const same = (zh: string): Said =>
  pick(
    ([all]) => all ?? "",
    () => zh,
  );

/** Each pattern with what it says; the first part is the whole text, the others what stands in brackets. */
const KNOWN: [RegExp, Said][] = [
  [
    /^resembles an enrolled person \(([\d.-]+), a name needs ([\d.-]+)\)$/,
    pick(
      ([, has, needs]) => `resembles an enrolled person: similarity ${has}, a name needs ${needs}`,
      ([, has, needs]) => `与已登记人员相似：相似度 ${has}，显示姓名需要 ${needs}`,
    ),
  ],
  [/^resembles somebody who has just been deleted$/, same("与刚被删除的人员相似")],
  [
    /^resembles (one|\d+) enrolled (?:person|people), not enough for a name \(([\d.-]+) of ([\d.-]+)\)$/,
    pick(
      ([, count, has, needs]) =>
        `resembles ${count === "one" ? "one enrolled person" : `${count} enrolled people`}, not enough for a name: similarity ${has}, needed ${needs}`,
      ([, count, has, needs]) =>
        `与 ${count === "one" ? 1 : count} 名已登记人员相似，但不足以确认姓名：相似度 ${has}，需要 ${needs}`,
    ),
  ],
  [
    /^resembles nobody enrolled \(([\d.-]+) of ([\d.-]+)\)$/,
    pick(
      ([, has, needs]) => `resembles nobody enrolled: similarity ${has}, a name needs ${needs}`,
      ([, has, needs]) => `与任何已登记人员都不相似：相似度 ${has}，显示姓名需要 ${needs}`,
    ),
  ],
  [/^nobody is enrolled$/, same("尚未登记任何人员")],
  [/^nobody to ask about$/, same("没有可判断的人员")],
  [/^on the black list$/, same("在黑名单上")],
  [/^kept as a known stranger, who may not pass$/, same("登记为陌生人，不允许通行")],
  [/^a visitor$/, same("访客")],
  [/^a VIP$/, same("贵宾")],
  [/^an employee$/, same("员工")],
  [
    /^permission group (.+) may pass here$/,
    pick(
      ([, group]) => `permission group ${group} may pass here`,
      ([, group]) => `权限组 ${group} 可在此通行`,
    ),
  ],
  [
    /^permission group (.+) may not pass here \(here: (.+)\)$/,
    pick(
      ([, has, here]) =>
        has === "none"
          ? `belongs to no permission group (who may pass here: ${here})`
          : `permission group ${has} may not pass here (who may: ${here})`,
      ([, has, here]) =>
        has === "none"
          ? `不属于任何权限组（此处允许：${here}）`
          : `权限组 ${has} 不能在此通行（此处允许：${here}）`,
    ),
  ],
  [
    /^when the person may pass cannot be read: (.+)$/,
    pick(
      ([all]) => all ?? "",
      ([, text]) => `无法识别有效期：${text}`,
    ),
  ],
  [
    /^not valid yet: from (.+)$/,
    pick(
      ([, at = ""], language) => `not valid yet: from ${moment(at, language)}`,
      ([, at = ""], language) => `尚未生效：${moment(at, language)} 起`,
    ),
  ],
  [
    /^not valid any more: until (.+)$/,
    pick(
      ([, at = ""], language) => `not valid any more: until ${moment(at, language)}`,
      ([, at = ""], language) => `已过期：有效至 ${moment(at, language)}`,
    ),
  ],
  [
    /^valid until (.+)$/,
    pick(
      ([, at = ""], language) => `valid until ${moment(at, language)}`,
      ([, at = ""], language) => `有效至 ${moment(at, language)}`,
    ),
  ],
  [/^valid without end$/, same("长期有效")],
  [
    /^the picture is too poor to compare: (.*)$/,
    pick(
      ([, fails = ""], language) => `the picture is too poor to compare: ${checks(fails, language)}`,
      ([, fails = ""], language) => `画质太差，无法比对：${checks(fails, language)}`,
    ),
  ],
  [
    /^recognised, but the picture is too poor to open: (.*)$/,
    pick(
      ([, fails = ""], language) =>
        `recognised, but the picture is too poor to open: ${checks(fails, language)}`,
      ([, fails = ""], language) => `已识别，但画质不足以开门：${checks(fails, language)}`,
    ),
  ],
  [/^the picture is good enough$/, same("画质合格")],
  [
    /^recognised \(([\d.-]+)\), but another enrolled person is as similar$/,
    pick(
      ([, has]) => `recognised (similarity ${has}), but another enrolled person is as similar`,
      ([, has]) => `已识别（相似度 ${has}），但另一名已登记人员同样相似`,
    ),
  ],
  [
    /^recognised, not certain enough to open \(([\d.-]+) of ([\d.-]+)\)$/,
    pick(
      ([, has, needs]) => `recognised, not certain enough to open: similarity ${has}, a door needs ${needs}`,
      ([, has, needs]) => `已识别，但把握不足以开门：相似度 ${has}，开门需要 ${needs}`,
    ),
  ],
  [
    /^recognised \(([\d.-]+) of ([\d.-]+)\) and may pass here$/,
    pick(
      ([, has, needs]) => `recognised (similarity ${has}, a door needs ${needs}) and may pass here`,
      ([, has, needs]) => `已识别（相似度 ${has}，开门需要 ${needs}），允许通行`,
    ),
  ],
  [/^this camera has no door$/, same("此摄像机没有关联门")],
  [/^the doors are kept shut: mode closedoor$/, same("门保持关闭：closedoor 模式")],
  [/^the doors are left alone: mode avoid$/, same("不控制门：avoid 模式")],
  [
    /^ok$/,
    pick(
      () => "done",
      () => "已完成",
    ),
  ],
  [
    /^asked through the local API(?:: (.+))?$/,
    pick(
      ([, why]) => `asked for on the box${why ? `: ${why}` : ""}`,
      ([, why]) => `在设备上请求${why ? `：${why}` : ""}`,
    ),
  ],
  [/^accepted$/, same("已接收")],
  [/^this box's log$/, same("设备日志")],
  [
    /^no answer from (.+) within ([\d.]+) s$/,
    pick(
      ([all]) => all ?? "",
      ([, who, seconds]) => `${who} 在 ${seconds} 秒内没有应答`,
    ),
  ],
  [/^not asked$/, same("未请求")],
  [
    /^failed: (.+)$/s,
    pick(
      ([, why]) => `failed: ${why}`,
      ([, why = ""], language) => `失败：${told(why, language)}`,
    ),
  ],
  [/^unknown: the box stopped before the door answered$/, same("未知：门应答之前设备已停止")],
];

/** The words of a gate or a door, for people. */
export function inWords(text: string, language: Language): string {
  const [first = "", poor] = text.split("; the picture is poor: ");
  const known = KNOWN.map(([pattern, said]) => {
    const parts = pattern.exec(first);
    return parts ? said([...parts], language) : null;
  }).find((said) => said !== null);
  const said = known ?? told(first, language);
  if (poor === undefined) return said;
  return language === "zh"
    ? `${said}；画质差：${checks(poor, language)}`
    : `${said}; the picture is poor: ${checks(poor, language)}`;
}

/** With a capital at the beginning, as a sentence has it. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
