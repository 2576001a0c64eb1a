// What a greeting screen says of itself, in both languages; the house's own words take precedence where it has set some.

import type { Language } from "../shared/language.ts";
import type { Kind } from "./box.ts";

const EN = {
  employee: "Welcome, {name}",
  visitor: "Welcome, {name}",
  vip: "A warm welcome, {name}",
  stranger: "Hello and welcome",
  blacklist: "Please go to the reception",
  strangerMore: "Please sign in at the reception",
  blacklistMore: "Someone will look after you there",
  visitorMore: "It is good to have you here",
  linkTitle: "This screen has no link",
  linkText: "Open it by a link that the box's console makes under Welcome screen.",
  revokedTitle: "This link is not good any more",
  revokedText: "It was taken back. The box's console makes a new one under Welcome screen.",
  waitTitle: "Too many wrong links",
  waitText: "It is tried again by itself in a moment.",
  full: "As many screens as may look do so already. Tried again by itself.",
  offline: "No connection to the box since {time}",
  connecting: "Connecting to the box…",
};

export type Words = typeof EN;

const ZH: Words = {
  employee: "欢迎，{name}",
  visitor: "欢迎光临，{name}",
  vip: "热烈欢迎，{name}",
  stranger: "您好，欢迎光临",
  blacklist: "请前往前台",
  strangerMore: "请到前台登记",
  blacklistMore: "工作人员将为您服务",
  visitorMore: "很高兴您的到来",
  linkTitle: "此屏幕没有链接",
  linkText: "请使用设备控制台“迎宾屏”中生成的链接打开。",
  revokedTitle: "此链接已失效",
  revokedText: "链接已被收回。请在设备控制台“迎宾屏”中生成新的链接。",
  waitTitle: "错误链接次数过多",
  waitText: "稍后将自动重试。",
  full: "观看的屏幕已达上限，将自动重试。",
  offline: "自 {time} 起与设备失去连接",
  connecting: "正在连接设备…",
};

export function words(language: Language): Words {
  return language === "zh" ? ZH : EN;
}

/** A sentence around a name: what stands before it, the name, what follows. */
export interface Sentence {
  before: string;
  name: string;
  after: string;
}

/** The sentence for a person; without a name nothing is left of its place, nor of the comma before it. */
export function sentence(template: string, name: string | null): Sentence {
  const at = template.indexOf("{name}");
  if (at < 0) return { before: template.trim(), name: "", after: "" };
  const [before, after] = [
    template.slice(0, at),
    template.slice(at + "{name}".length).replaceAll("{name}", name ?? ""),
  ];
  if (name) return { before, name, after };
  return { before: before.replace(/[\s,，、]+$/, "") + after, name: "", after: "" };
}

/** The greeting of a person: the house's words, else the screen's. */
export function greet(
  kind: Kind,
  name: string | null,
  own: Partial<Record<Kind, string>>,
  text: Words,
): Sentence {
  const template = kind === "blacklist" ? "" : (own[kind] ?? "").trim();
  return sentence(template || text[kind], name);
}

/** The sentence as it is spoken. */
export function spoken({ before, name, after }: Sentence): string {
  return before + name + after;
}
