/**
 * One word per concept, in Chinese: what the protocol's documents say for the things of the field, and the words that other systems
 * use for the same, which stand nowhere in the pages. `glossary.test.ts` keeps it so.
 */
export type Term = {
  /** The word of the English pages. */
  english: string;
  chinese: string;
  /** Other words for it. */
  never: string[];
};

export const GLOSSARY: Term[] = [
  // What is paired with a platform: `dev_sno`, `deviceInfo`, `DeviceStatus` on the wire.
  { english: "box", chinese: "设备", never: ["盒子", "小盒", "网关"] },
  // What a box sees with. The lens of a browser's own device is 摄像头.
  { english: "camera", chinese: "摄像机", never: ["相机", "此摄像头", "台摄像头", "网络摄像头"] },
  // A browser that is a pad, or a screen.
  { english: "device of a pad", chinese: "终端", never: ["配对机"] },
  { english: "licence key", chinese: "授权码", never: ["授权密钥", "激活码"] },
  { english: "person", chinese: "人员", never: ["用户信息", "人员信息"] },
  { english: "permission group", chinese: "权限组", never: ["权限分组", "通行组", "门禁组"] },
  { english: "library", chinese: "人脸库", never: ["底库", "人像库"] },
  { english: "event", chinese: "事件", never: ["识别记录", "通行记录", "抓拍记录"] },
  { english: "to enrol", chinese: "登记", never: ["注册", "录入"] },
  { english: "site", chinese: "地点", never: ["站点"] },
  { english: "broker", chinese: "消息代理", never: ["消息队列", "中间件"] },
  { english: "platform", chinese: "平台", never: ["云端", "后台系统"] },
];
