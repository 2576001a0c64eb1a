/** What a camera shows, as it comes, over a line that is joined again whenever it breaks. */
import { useEffect, useState } from "react";
import type { Schema } from "../../api";

type Message = Schema<"LiveMessage">;
export type Frame = Extract<Message, { type: "frame" }>;
export type Live = {
  line: "connecting" | "open" | "lost" | "ended";
  frame: Frame | null;
  picture: ImageBitmap | null;
};

const WAITS = { first: 500, longest: 15_000 };
/** How a line ends whose camera was removed. */
const NORMAL = 1000;

export function useLive(name: string): Live {
  const [live, setLive] = useState<Live>({ line: "connecting", frame: null, picture: null });
  useEffect(() => {
    let socket: WebSocket | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let wait = WAITS.first;
    let ended = false;
    let frame: Frame | null = null;
    const change = (part: Partial<Live>) => setLive((before) => ({ ...before, ...part }));
    const show = async (jpeg: Blob, of: Frame) => {
      const picture = await createImageBitmap(jpeg).catch(() => null);
      if (picture && !ended && of === frame) change({ frame: of, picture });
    };
    const join = () => {
      socket = new WebSocket(`/api/v1/cameras/${encodeURIComponent(name)}/live`);
      socket.binaryType = "blob";
      socket.onopen = () => {
        wait = WAITS.first;
        change({ line: "open" });
      };
      socket.onmessage = ({ data }: MessageEvent<string | Blob>) => {
        if (typeof data !== "string") {
          if (frame) void show(data, frame);
          return;
        }
        const message = JSON.parse(data) as Message;
        if (message.type === "frame") frame = message;
      };
      socket.onclose = ({ code }) => {
        if (ended) return;
        if (code === NORMAL) return change({ line: "ended" });
        change({ line: "lost" });
        timer = setTimeout(join, wait + Math.random() * 300);
        wait = Math.min(wait * 2, WAITS.longest);
      };
    };
    setLive({ line: "connecting", frame: null, picture: null });
    join();
    return () => {
      ended = true;
      clearTimeout(timer);
      socket?.close();
    };
  }, [name]);
  return live;
}
