/** The measurements of a face, one line each; what was not measured is left out. */
import { Descriptions, Typography } from "antd";
import { percent } from "../domain";
import { useWords, words } from "../words";
import type { Trace } from "./trace";
import { levelNames } from "./words";

const says = words({
  en: {
    size: "Size of the face",
    brightness: "Brightness",
    clarity: "Sharpness",
    pose: "Where it looks",
    poseIs: (yaw: string, pitch: string, roll: string) =>
      `${yaw}° sideways, ${pitch}° up or down, ${roll}° tilted`,
    covered: "Covered",
    partial: "Cut off by the edge",
    mask: "Mask",
    yes: "yes",
    no: "no",
    detection: "Certainty that it is a face",
    level: "Quality asked for",
    age: "Looks",
    years: (age: string, male: boolean) => `about ${age} years, ${male ? "male" : "female"}`,
    living: "A living person",
    took: "Time",
    tookIs: (total: number, waited: number, looked: number) =>
      `${total} ms from the picture to the verdict (waited ${waited}, looked ${looked})`,
    picture: "Picture",
    pictureIs: (source: string, width: number, height: number) => `${source}, ${width} × ${height} pixels`,
    pack: "Models",
    pixels: (size: string) => `${size} pixels`,
  },
  zh: {
    size: "人脸大小",
    brightness: "亮度",
    clarity: "清晰度",
    pose: "朝向",
    poseIs: (yaw: string, pitch: string, roll: string) => `左右 ${yaw}°，俯仰 ${pitch}°，倾斜 ${roll}°`,
    covered: "遮挡",
    partial: "超出画面",
    mask: "口罩",
    yes: "是",
    no: "否",
    detection: "是人脸的把握",
    level: "要求的画质级别",
    age: "外观",
    years: (age: string, male: boolean) => `约 ${age} 岁，${male ? "男" : "女"}`,
    living: "活体",
    took: "耗时",
    tookIs: (total: number, waited: number, looked: number) =>
      `从拍摄到判定 ${total} 毫秒（等待 ${waited}，分析 ${looked}）`,
    picture: "图片",
    pictureIs: (source: string, width: number, height: number) => `${source}，${width} × ${height} 像素`,
    pack: "模型",
    pixels: (size: string) => `${size} 像素`,
  },
});

export function Measurements({ trace }: { trace: Trace }) {
  const w = useWords(says);
  const levels = useWords(levelNames);
  const info = trace.quality?.info ?? {};
  const yes = (value: boolean) => (value ? w.yes : w.no);
  const pose = info.headpose;
  const all: [string, string | null][] = [
    [w.size, info.face_size === undefined ? null : w.pixels(info.face_size.toFixed(0))],
    [
      w.pose,
      pose ? w.poseIs(degrees(pose.yaw_angle), degrees(pose.pitch_angle), degrees(pose.roll_angle)) : null,
    ],
    [w.brightness, info.brightness === undefined ? null : percent(info.brightness)],
    [w.clarity, info.clarity === undefined ? null : info.clarity.toFixed(1)],
    [w.covered, info.occlusion ? yes(info.occlusion.includes(false)) : null],
    [w.partial, info.partial === undefined ? null : yes(info.partial)],
    [w.mask, info.mask === undefined || info.mask < 0 ? null : percent(info.mask)],
    [w.level, trace.quality ? (levels[trace.quality.level] ?? trace.quality.level) : null],
    [w.detection, trace.detection === undefined ? null : percent(trace.detection)],
    [w.age, trace.attributes ? w.years(trace.attributes.age.toFixed(0), trace.attributes.male >= 0.5) : null],
    [w.living, trace.liveness?.checked ? percent(trace.liveness.score) : null],
    [w.took, trace.ms ? w.tookIs(trace.ms.total, trace.ms.waited, trace.ms.looked) : null],
    [w.picture, trace.picture ? w.pictureIs(trace.source ?? "–", trace.picture[0], trace.picture[1]) : null],
    [w.pack, trace.pack ?? null],
  ];
  const items = all.flatMap(([label, value]) =>
    value === null ? [] : [{ key: label, label, children: <Typography.Text>{value}</Typography.Text> }],
  );
  return <Descriptions size="small" column={{ xs: 1, sm: 1, md: 2, lg: 2, xl: 2, xxl: 2 }} items={items} />;
}

function degrees(angle: number): string {
  return Math.abs(angle).toFixed(0);
}
