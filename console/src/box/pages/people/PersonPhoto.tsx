/** A person's registration photo. */
import { UserOutlined } from "@ant-design/icons";
import { Avatar, Image } from "antd";
import { useState } from "react";
import { useWords } from "@/shared/words";
import { says } from "./words";

/** `at` is when the person last changed: another photo is another address. */
export function PersonPhoto({ id, at, size }: { id: string; at: number; size: number }) {
  const w = useWords(says);
  const [isGone, setGone] = useState(false);
  if (isGone) return <Avatar shape="square" size={size} icon={<UserOutlined />} alt={w.photo} />;
  return (
    <Image
      src={`/api/v1/people/${encodeURIComponent(id)}/photo?at=${at}`}
      alt={`${w.photo}: ${id}`}
      width={size}
      height={size}
      loading="lazy"
      onError={() => setGone(true)}
      style={{ objectFit: "cover", objectPosition: "50% 15%", borderRadius: 6 }}
    />
  );
}
