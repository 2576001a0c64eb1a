/** What the platform observes of its parts, said in Chinese where the sentence is known; English is its own. */
import { bytes } from "@/shared/domain";
import type { Language } from "@/shared/words";

type Rule = [pattern: RegExp, say: (parts: string[]) => string];

const CHINESE: Rule[] = [
  [/^schema version (\d+)$/, ([version]) => `数据库结构版本 ${version}`],
  [/^written, read and removed$/, () => "写入、读取、删除均成功"],
  [/^no answer within (\d+) s$/, ([seconds]) => `${seconds} 秒内没有应答`],
  [/^no command waits for the broker$/, () => "没有命令在等待代理"],
  [
    /^the oldest command has waited for the broker for (\d+) s$/,
    ([seconds]) => `最早的命令已等待代理 ${seconds} 秒`,
  ],
  [/^how much room there is cannot be told$/, () => "无法得知剩余空间"],
  [/^connected$/, () => "已连接"],
  [/^the broker takes no messages: (.*)$/, ([reason]) => `代理不接收消息：${reason}`],
  [/^connecting, attempt (\d+)$/, ([attempt]) => `正在连接，第 ${attempt} 次`],
  [/^not connected: (.*)$/, ([reason]) => `未连接：${reason}`],
  [/^not configured: boxes share the platform's account$/, () => "未配置：设备共用平台的账户"],
  [/^the management API answers$/, () => "管理接口有应答"],
  [/^photos are judged with (.*)$/, ([models]) => `使用 ${models} 评判照片`],
];

const ROOM = /^(\d+) of (\d+) MB free$/;

export function observed(message: string, language: Language): string {
  const room = ROOM.exec(message);
  if (room) {
    const [free, size] = [bytes(Number(room[1]) * 1024 ** 2), bytes(Number(room[2]) * 1024 ** 2)];
    return language === "zh" ? `剩余 ${free}，共 ${size}` : `${free} of ${size} free`;
  }
  if (language === "zh") {
    for (const [pattern, say] of CHINESE) {
      const found = pattern.exec(message);
      if (found) return say(found.slice(1));
    }
  }
  return message;
}
