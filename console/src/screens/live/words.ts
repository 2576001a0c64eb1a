/** What a wall says, in the language of this browser. */

const EN = {
  title: "Live",
  live: "Live",
  connecting: "Connecting …",
  lost: (since: string) => `No connection since ${since}; trying again`,
  when: (age: string, time: string) => `${age} · ${time}`,
  stranger: "Unknown person",
  somebody: "Somebody",
  nothing: "Nobody has walked past yet.",
  refusedTitle: "This wall shows nothing",
  noKey: "The link is not complete: it ends in # and the key. Open the link as it was given to you.",
  revoked: "The link is unknown or was revoked. Ask whoever gave it to you for a new one.",
  noAnswer: "The platform does not answer. This page tries again by itself.",
  spot: (name: string) => `Capture: ${name}`,
  reg: (name: string) => `Registered photo: ${name}`,
  verdicts: {
    let_in: "Let in",
    refused: "Refused",
    possible: "Possible match",
    stranger: "Stranger",
  } as Record<string, string>,
  known: "Recognised",
  types: { 1: "Employee", 2: "Visitor", 3: "Blacklist", 4: "Stranger", 5: "VIP" } as Record<number, string>,
};

const ZH: typeof EN = {
  title: "实时",
  live: "实时",
  connecting: "正在连接…",
  lost: (since) => `${since} 起连接中断，正在重试`,
  when: (age, time) => `${age} · ${time}`,
  stranger: "未知人员",
  somebody: "有人经过",
  nothing: "还没有人经过。",
  refusedTitle: "此看板没有内容",
  noKey: "链接不完整：应以 # 和密钥结尾。请打开收到的完整链接。",
  revoked: "链接无效或已被撤销，请向提供者索取新链接。",
  noAnswer: "平台没有应答，页面会自动重试。",
  spot: (name) => `抓拍照：${name}`,
  reg: (name) => `登记照片：${name}`,
  verdicts: { let_in: "放行", refused: "拒绝", possible: "疑似", stranger: "陌生人" },
  known: "已识别",
  types: { 1: "员工", 2: "访客", 3: "黑名单", 4: "陌生人", 5: "贵宾" },
};

export const language = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
export const w = language === "zh" ? ZH : EN;
