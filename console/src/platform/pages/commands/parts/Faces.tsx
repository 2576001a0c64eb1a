/** What a box measured of every face of a picture, in words. */
import { Alert, Flex, Typography } from "antd";
import { percent } from "@/shared/domain";
import { useWords, words } from "@/shared/words";
import type { FaceResult } from "./results";

const says = words({
  en: {
    title: "Faces in the picture",
    face: (number: number) => `Face ${number}`,
    good: "good enough at this level",
    bad: "not good enough",
    passed: "Passed",
    checks: {
      face_size: "the face is too small: take the picture from closer",
      headpose: "the head is turned or tilted: look straight into the camera",
      occlusion: "something covers the face",
      clarity: "the picture is blurred: hold still, clean the lens",
      mask: "a mask covers the face",
      partial: "part of the face is outside the picture",
      brightness: "too dark or too bright: mind the light",
    } as Record<string, string>,
    names: {
      face_size: "size",
      headpose: "pose",
      occlusion: "nothing covers it",
      clarity: "sharpness",
      mask: "no mask",
      partial: "complete",
      brightness: "light",
    } as Record<string, string>,
    size: (pixels: number) => `${pixels.toFixed(0)} pixels`,
    pose: (pitch: number, yaw: number, roll: number) =>
      `nod ${pitch.toFixed(0)}°, turn ${yaw.toFixed(0)}°, tilt ${roll.toFixed(0)}°`,
    mask: (share: string) => `mask ${share}`,
    brightness: (value: string) => `light ${value}`,
    clarity: (value: string) => `sharpness ${value}`,
  },
  zh: {
    title: "图片中的人脸",
    face: (number: number) => `人脸 ${number}`,
    good: "达到该等级要求",
    bad: "未达到要求",
    passed: "通过",
    checks: {
      face_size: "人脸太小：请靠近拍摄",
      headpose: "头部偏转或倾斜：请正视摄像机",
      occlusion: "面部有遮挡",
      clarity: "图片模糊：请保持静止并清洁镜头",
      mask: "佩戴了口罩",
      partial: "人脸不完整",
      brightness: "过暗或过亮：请调整光线",
    } as Record<string, string>,
    names: {
      face_size: "大小",
      headpose: "姿态",
      occlusion: "无遮挡",
      clarity: "清晰度",
      mask: "无口罩",
      partial: "完整",
      brightness: "光线",
    } as Record<string, string>,
    size: (pixels: number) => `${pixels.toFixed(0)} 像素`,
    pose: (pitch: number, yaw: number, roll: number) =>
      `俯仰 ${pitch.toFixed(0)}°，偏转 ${yaw.toFixed(0)}°，倾斜 ${roll.toFixed(0)}°`,
    mask: (share: string) => `口罩 ${share}`,
    brightness: (value: string) => `光线 ${value}`,
    clarity: (value: string) => `清晰度 ${value}`,
  },
});

export function Faces({ faces }: { faces: FaceResult[] }) {
  const w = useWords(says);
  return (
    <section>
      <Typography.Title level={2} className="part-title">
        {w.title}
      </Typography.Title>
      <Flex vertical gap={8}>
        {faces.map((face, index) => (
          <Alert
            // biome-ignore lint/suspicious/noArrayIndexKey: faces of one answer have no other name and never move.
            key={index}
            type={face.passed ? "success" : "warning"}
            showIcon
            title={`${w.face(index + 1)}: ${face.passed ? w.good : w.bad}`}
            description={<Measured face={face} />}
          />
        ))}
      </Flex>
    </section>
  );
}

function Measured({ face }: { face: FaceResult }) {
  const w = useWords(says);
  const facts = [
    face.faceSize === null ? null : w.size(face.faceSize),
    face.pose ? w.pose(face.pose.pitch, face.pose.yaw, face.pose.roll) : null,
    face.brightness === null ? null : w.brightness(face.brightness.toFixed(2)),
    face.clarity === null ? null : w.clarity(face.clarity.toFixed(2)),
    face.mask === null ? null : w.mask(percent(face.mask)),
  ].filter((fact) => fact !== null);
  return (
    <>
      {face.fails.length > 0 ? (
        <ul className="plain-list">
          {face.fails.map((check) => (
            <li key={check}>{w.checks[check] ?? check}</li>
          ))}
        </ul>
      ) : null}
      {face.success.length > 0 ? (
        <div>
          {w.passed}: {face.success.map((check) => w.names[check] ?? check).join(", ")}
        </div>
      ) : null}
      <Typography.Text type="secondary">{facts.join(" · ")}</Typography.Text>
    </>
  );
}
