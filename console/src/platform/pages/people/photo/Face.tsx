/** The face of a person as a thumbnail, fetched when it comes into view, and larger on hover or focus. */
import { UserOutlined } from "@ant-design/icons";
import { Popover } from "antd";
import { type ReactNode, useCallback, useState } from "react";
import { useWords, words } from "@/shared/words";
import type { Schema } from "../../../api";
import { usePersonPicture } from "./pictures";
import "./photo.css";

const says = words({
  en: { of: (name: string) => `Photo of ${name}`, none: (name: string) => `${name} has no photo` },
  zh: { of: (name: string) => `${name} 的照片`, none: (name: string) => `${name} 没有照片` },
});

type Who = { identity_id: string; name: string; photo?: Schema<"PhotoView"> | null };

/** Whether an element has come into view, and what to hang on it. */
function useSeen(): [boolean, (element: HTMLElement | null) => (() => void) | undefined] {
  const [isSeen, setSeen] = useState(false);
  const watch = useCallback((element: HTMLElement | null) => {
    if (!element) return;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) {
        setSeen(true);
        observer.disconnect();
      }
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [isSeen, watch];
}

/** `children` stand beside the face; the larger picture comes for both. */
export function Face({ of, size = 40, children }: { of: Who; size?: number; children?: ReactNode }) {
  const w = useWords(says);
  const [isSeen, watch] = useSeen();
  const src = usePersonPicture(of.identity_id, of.photo?.at, "face", isSeen);
  const thumb = (
    <span
      ref={watch}
      className="face-thumb"
      style={{ width: size, height: size, fontSize: size / 2 }}
      title={of.photo ? undefined : w.none(of.name)}
    >
      {src ? <img src={src} alt={w.of(of.name)} /> : <UserOutlined aria-hidden />}
    </span>
  );
  const both = (
    <span className="face-beside">
      {thumb}
      {children}
    </span>
  );
  if (!src || size > 100) return both;
  return (
    <Popover
      trigger={["hover", "focus"]}
      placement="right"
      mouseEnterDelay={0.25}
      content={
        <span className="face-large">
          <img src={src} alt={w.of(of.name)} />
        </span>
      }
    >
      {both}
    </Popover>
  );
}
