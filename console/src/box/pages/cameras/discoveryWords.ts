import { words } from "@/shared/words";

export const finds = words({
  en: {
    search: "Search the network",
    byHand: "By hand",
    hint: "Asks every ONVIF camera in this box's networks. With an account the cameras tell their streams as well.",
    account: "User of the cameras (optional)",
    addresses: "Only these addresses (optional, separated by blanks)",
    look: "Search",
    looking: "Searching: up to ten seconds",
    nothing:
      "No camera answered. Some answer only after ONVIF was switched on in their own pages, or in another network: give its address.",
    found: (count: number) => (count === 1 ? "One camera answered" : `${count} cameras answered`),
    take: "Add this one",
    stream: "Stream",
    noStreams:
      "It tells its streams only to those who have an account: fill in user and password and search again.",
    known: "already added",
    test: "Test the stream",
    testing: "Waiting for a picture, up to 15 s",
    tested: (size: string, ms: number) =>
      `It shows a picture of ${size} pixels after ${(ms / 1000).toFixed(1)} s`,
    picture: "What the camera shows",
    failed: "It shows no picture",
  },
  zh: {
    search: "搜索网络",
    byHand: "手动添加",
    hint: "询问设备所在网络中的所有 ONVIF 摄像机。提供账号后，摄像机还会告知其视频流。",
    account: "摄像机用户名（可选）",
    addresses: "仅这些地址（可选，空格分隔）",
    look: "搜索",
    looking: "正在搜索，最多十秒",
    nothing: "没有摄像机应答。有些需要先在其页面中启用 ONVIF；若在其他网络，请填写其地址。",
    found: (count: number) => `${count} 台摄像机应答`,
    take: "添加",
    stream: "视频流",
    noStreams: "需要账号才能获知视频流：请填写用户名和密码后重新搜索。",
    known: "已添加",
    test: "测试视频流",
    testing: "等待画面，最多 15 秒",
    tested: (size: string, ms: number) => `${(ms / 1000).toFixed(1)} 秒后取得 ${size} 像素的画面`,
    picture: "摄像机画面",
    failed: "没有画面",
  },
});
