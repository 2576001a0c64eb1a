/** A refusal in the language of whoever reads: a box's by its reason, a platform's by its sentence or its code. */
import type { ApiError } from "../api";
import { codeWords } from "../codes";
import { roleNames } from "../domain";
import { type Language, words } from "../words";
import { reasonText } from "./reasons";
import { fieldName, isKnown, told } from "./told";

/** What the platform's codes mean, for those that say all there is to say. */
const codes = words<Record<string, string>>({
  en: {},
  zh: {
    code_needed: "此账户启用了双重验证，请输入验证码",
    cross_origin: "其他来源的页面不能在此修改",
    in_progress: "相同的请求仍在处理，请稍后重试",
    busy: "服务器繁忙，请稍后重试",
    storage_full: "磁盘已满，未保存任何内容；请释放空间后重试",
    internal: "服务器内部错误，详情见服务器日志",
    too_many: "请求过于频繁",
    too_large: "内容过大",
    not_a_session: "API 密钥不能执行此操作，请登录",
    no_such_route: "服务器没有此接口",
    outside_sites: "您的账户仅限部分地点，此操作超出其范围",
    unauthenticated: "请重新登录",
  },
});

/** What may not be there. */
const nouns = words<Record<string, string>>({
  en: {},
  zh: {
    "API key": "API 密钥",
    "audit row": "审计记录",
    box: "设备",
    command: "命令",
    entry: "记录",
    erasure: "删除凭据",
    event: "事件",
    group: "权限组",
    import: "导入记录",
    "open pairing": "可用的配对",
    operator: "操作员",
    pairing: "配对",
    person: "人员",
    "person on this box": "该设备上的人员",
    "photo of": "照片，人员",
    picture: "图片",
    "picture of event": "图片，事件",
    "picture of this event:": "事件图片",
    "second factor of": "双重验证，操作员",
    session: "会话",
    wall: "看板",
    webhook: "Webhook",
  },
});

type Detail = { what?: string; id?: string; field?: string; reason?: string; needed?: string; code?: number };

export function refusalText(error: ApiError, language: Language): string {
  const reason = error.why && reasonText(error.why.reason, error.why.details, language);
  if (reason) return ofField(error.why?.field ?? null, reason, language);
  if (language === "en") return error.message;
  const known = isKnown(error.message, language);
  return known ?? byCode(error, language) ?? error.message;
}

function ofField(field: string | null, text: string, language: Language): string {
  if (!field) return text;
  return `${fieldName(field, language)}${language === "zh" ? "：" : ": "}${text}`;
}

function byCode(error: ApiError, language: Language): string | null {
  const detail = (error.detail ?? {}) as Detail;
  const { what = "", id = "", field = "", reason = "", needed = "" } = detail;
  switch (error.code) {
    case "not_found":
      return nouns[language][what] ? `没有此${nouns[language][what]}：${id}` : null;
    case "invalid":
      return `${fieldName(field, language)}：${told(reason, language)}`;
    case "forbidden":
      return needed ? `需要角色“${roleNames[language][needed] ?? needed}”` : null;
    case "unavailable":
      return `平台的一部分暂时不可用：${error.message}`;
    case "conflict":
      return `与现有内容冲突：${error.message}`;
    case "photo_refused":
      return `${codeWords[language][String(detail.code)] ?? "照片不能使用"}：${error.message}`;
  }
  const meaning = codes[language][error.code];
  if (meaning) return meaning;
  // A box: the protocol's number, and a sentence that says more.
  const number = codeWords[language][error.code];
  return number ? `${number}：${error.message}` : null;
}
