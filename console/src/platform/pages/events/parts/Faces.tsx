/** The two pictures of an event side by side: the photo it was compared with, and the capture. */
import { PictureOutlined } from "@ant-design/icons";
import { useState } from "react";
import { useWords, words } from "@/shared/words";
import type { Schema } from "../../../api";
import "./faces.css";

const says = words({
  en: {
    reg: "Registered photo",
    spot: "Capture",
    none: "no picture",
    of: (what: string, name: string) => `${what}: ${name}`,
    stranger: "unknown person",
  },
  zh: {
    reg: "登记照片",
    spot: "抓拍照",
    none: "无照片",
    of: (what: string, name: string) => `${what}：${name}`,
    stranger: "未知人员",
  },
});

type Props = {
  event: Pick<Schema<"EventView">, "photos" | "identity_name" | "stranger">;
  /** The height of a picture in pixels. */
  size: number;
  /** Only the capture, where there is little room. */
  spotOnly?: boolean;
};

export function Faces({ event, size, spotOnly = false }: Props) {
  const w = useWords(says);
  const name = event.stranger ? w.stranger : event.identity_name;
  return (
    <div className="faces" style={{ "--face": `${size}px` } as React.CSSProperties}>
      {spotOnly || event.stranger ? null : (
        <Face url={event.photos.reg} what={w.reg} alt={w.of(w.reg, name)} none={w.none} />
      )}
      <Face url={event.photos.spot} what={w.spot} alt={w.of(w.spot, name)} none={w.none} />
    </div>
  );
}

type FaceProps = { url: string | null | undefined; what: string; alt: string; none: string };

function Face({ url, what, alt, none }: FaceProps) {
  const [isGone, setGone] = useState(false);
  if (!url || isGone) {
    return (
      <span className="face face-none" role="img" aria-label={`${alt} (${none})`} title={none}>
        <PictureOutlined />
      </span>
    );
  }
  return (
    <img
      className="face"
      src={url}
      alt={alt}
      title={what}
      loading="lazy"
      decoding="async"
      onError={() => setGone(true)}
    />
  );
}
