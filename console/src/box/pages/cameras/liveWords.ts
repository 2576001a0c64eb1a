import { words } from "@/shared/words";

export const says = words({
  en: {
    title: "Live picture",
    connecting: "Connecting",
    waiting: "No picture yet. It appears when the camera delivers one.",
    lost: "The line is lost; it is tried again",
    ended: "The camera was removed",
    taken: "taken",
    stranger: "Stranger",
    possible: "Possible",
    refused: "refused",
    boxes: "Boxes and names",
    nobody: "Nobody in the picture",
    seen: (names: string) => `In the picture: ${names}`,
    face: "a face",
  },
  zh: {
    title: "实时画面",
    connecting: "正在连接",
    waiting: "尚无画面。摄像机有画面时显示。",
    lost: "连接已断开，正在重试",
    ended: "摄像机已被移除",
    taken: "拍摄于",
    stranger: "陌生人",
    possible: "疑似",
    refused: "拒绝",
    boxes: "人脸框与姓名",
    nobody: "画面中无人",
    seen: (names: string) => `画面中：${names}`,
    face: "人脸",
  },
});
