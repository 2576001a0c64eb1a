/** Words that several pages of the box's console use. */
import { words } from "@/shared/words";

export const cameraKinds = words<Record<string, string>>({
  en: { file: "Folder or video", ftp: "Capture machine (FTP)", rtsp: "Network camera (RTSP)", pad: "Pad" },
  zh: { file: "文件夹或视频", ftp: "抓拍机（FTP）", rtsp: "网络摄像机（RTSP）", pad: "平板" },
});

export const cameraStates = words<Record<string, string>>({
  en: { starting: "Starting", online: "Online", offline: "Offline" },
  zh: { starting: "启动中", online: "在线", offline: "离线" },
});

export const doorStates = words<Record<string, string>>({
  en: { open: "Open", closed: "Closed", unknown: "Not known" },
  zh: { open: "已打开", closed: "已关闭", unknown: "未知" },
});

export const doorActions = words<Record<string, string>>({
  en: { open: "opened", close: "closed", alarm: "alarm", none: "nothing" },
  zh: { open: "开门", close: "关门", alarm: "报警", none: "无动作" },
});

/** The same as an order, whatever came of it. */
export const doorOrders = words<Record<string, string>>({
  en: { open: "Open", close: "Close", alarm: "Alarm", none: "Nothing" },
  zh: { open: "开门", close: "关门", alarm: "报警", none: "无" },
});

export const directions = words<Record<string, string>>({
  en: { in: "In", out: "Out" },
  zh: { in: "进", out: "出" },
});

export const purposes = words<Record<string, string>>({
  en: { realtime: "Real time", history: "History", status: "Heartbeat", cameras: "Cameras" },
  zh: { realtime: "实时", history: "历史", status: "心跳", cameras: "摄像机" },
});

export const workModes = words<Record<string, string>>({
  en: { local: "Stand-alone", mq: "Managed by a platform" },
  zh: { local: "单机", mq: "由管理平台管理" },
});
