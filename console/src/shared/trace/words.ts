/** The words of traces. */
import { words } from "../words";
import type { GateName, Verdict } from "./trace";

export const verdictNames = words<Record<Verdict, string>>({
  en: { let_in: "Let in", refused: "Refused", possible: "Possible", stranger: "Stranger" },
  zh: { let_in: "放行", refused: "拒绝", possible: "疑似", stranger: "陌生人" },
});

/** The colour of a tag for each verdict. */
export const VERDICT_COLOURS: Record<Verdict, string> = {
  let_in: "green",
  refused: "red",
  possible: "gold",
  stranger: "orange",
};

/** Each gate as the question it asks. */
export const gateQuestions = words<Record<GateName, string>>({
  en: {
    match: "Does the face resemble somebody enrolled?",
    standing: "Is this kind of person let in at all?",
    group: "May one of the person's groups pass here?",
    validity: "Is the person valid now?",
    quality: "Is the picture good enough?",
    certainty: "Is it certain enough to open a door?",
  },
  zh: {
    match: "人脸是否与已登记人员相似？",
    standing: "此类人员是否允许通行？",
    group: "所属权限组能否在此通行？",
    validity: "当前是否在有效期内？",
    quality: "画质是否合格？",
    certainty: "把握是否足以开门？",
  },
});

/** What can be done when a gate stays shut. */
export const gateAdvice = words<Record<GateName, string>>({
  en: {
    match:
      "If this person should be known here: enrol them, or add a photo that looks like what this camera sees.",
    standing: "The person's type decides this. Change the type if that is wrong.",
    group: "Put the person into a group that may pass here, or let the person's group pass at this camera.",
    validity: "Change the person's start and end times.",
    quality: "Stand closer, face the camera, add light; or ask less of the quality of this camera.",
    certainty:
      "Add another photo of the person. If two people are alike, look whether one person is enrolled twice.",
  },
  zh: {
    match: "如果应当认识此人：请登记该人员，或补充一张与此摄像机画面相近的照片。",
    standing: "由人员类型决定；如有误，请修改人员类型。",
    group: "请将人员加入可在此通行的权限组，或允许其权限组在此摄像机通行。",
    validity: "请修改人员的开始与结束时间。",
    quality: "请靠近并正对摄像机、增加光照；或降低此摄像机的画质要求。",
    certainty: "请为该人员补充照片；若两人相似，请检查是否同一人被登记两次。",
  },
});

/** What is measured of a picture of a face. */
export const checkNames = words<Record<string, string>>({
  en: {
    face_size: "face too small",
    headpose: "not facing the camera",
    occlusion: "face covered",
    clarity: "blurred",
    partial: "face cut off",
    brightness: "too dark or too bright",
  },
  zh: {
    face_size: "人脸太小",
    headpose: "未正对摄像机",
    occlusion: "面部被遮挡",
    clarity: "模糊",
    partial: "人脸不完整",
    brightness: "过暗或过亮",
  },
});

export const levelNames = words<Record<string, string>>({
  en: { high: "high", custom: "custom", middle: "middle", low: "low", no: "none" },
  zh: { high: "高", custom: "自定义", middle: "中", low: "低", no: "不检查" },
});

export const doorKinds = words<Record<string, string>>({
  en: { none: "no door", log: "only in the log", "modbus-tcp": "relay (Modbus-TCP)", http: "HTTP call" },
  zh: { none: "无门", log: "仅记录日志", "modbus-tcp": "继电器（Modbus-TCP）", http: "HTTP 调用" },
});
