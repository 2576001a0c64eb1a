/** A picture of an event; where it is not kept any more, its place says so. */
import { UserOutlined } from "@ant-design/icons";
import { Avatar, Image, Tooltip } from "antd";
import { useState } from "react";
import { useWords } from "@/shared/words";
import { says } from "./words";

export function Face({ seq, which, size }: { seq: number; which: "spot" | "registration"; size: number }) {
  const w = useWords(says);
  const [isGone, setGone] = useState(false);
  if (isGone) {
    return (
      <Tooltip title={w.noPhoto}>
        <Avatar shape="square" size={size} icon={<UserOutlined />} alt={w.noPhoto} />
      </Tooltip>
    );
  }
  return (
    <Image
      src={`/api/v1/events/${seq}/photos/${which}`}
      alt={w[which]}
      width={size}
      height={size}
      loading="lazy"
      onError={() => setGone(true)}
      style={{ objectFit: "cover", objectPosition: "50% 15%", borderRadius: 6 }}
    />
  );
}
