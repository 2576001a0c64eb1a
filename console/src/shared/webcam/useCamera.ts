/** The picture of a camera of this machine, or in one word why there is none; the camera is let go of when nobody looks. */
import { useCallback, useEffect, useState } from "react";

/** `insecure`: browsers give cameras only to pages that came over https or from this machine. */
export type NoCamera = "insecure" | "denied" | "none" | "busy" | "gone" | "failed";

export type Camera = {
  /** The picture; null until it comes. */
  stream: MediaStream | null;
  trouble: NoCamera | null;
  /** Cameras to choose from; their names are known once one was allowed. */
  cameras: { id: string; name: string }[];
  /** The one in use. */
  chosen: string | null;
  choose: (id: string) => void;
  again: () => void;
};

const KEPT = "menshen.camera";

/** Why the browser refused. */
function troubleOf(error: unknown): NoCamera {
  switch (error instanceof DOMException ? error.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotFoundError":
      return "none";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    default:
      return "failed";
  }
}

export function isSecure(): boolean {
  return window.isSecureContext && navigator.mediaDevices !== undefined;
}

async function open(id: string | null): Promise<MediaStream> {
  const size = { width: { ideal: 1280 }, height: { ideal: 720 } };
  try {
    return await navigator.mediaDevices.getUserMedia({
      video: id ? { ...size, deviceId: { exact: id } } : { ...size, facingMode: "user" },
    });
  } catch (error) {
    // The camera of the last time is not plugged in now: any other will do.
    if (!id || !(error instanceof DOMException) || error.name !== "OverconstrainedError") throw error;
    return navigator.mediaDevices.getUserMedia({ video: size });
  }
}

async function list(): Promise<Camera["cameras"]> {
  const all = await navigator.mediaDevices.enumerateDevices();
  return all
    .filter(({ kind, deviceId }) => kind === "videoinput" && deviceId !== "")
    .map(({ deviceId, label }) => ({ id: deviceId, name: label }));
}

export function useCamera(): Camera {
  const [wanted, setWanted] = useState<string | null>(() => localStorage.getItem(KEPT));
  const [tries, setTries] = useState(0);
  const [stream, setStream] = useState<MediaStream | null>(null);
  const [trouble, setTrouble] = useState<NoCamera | null>(isSecure() ? null : "insecure");
  const [cameras, setCameras] = useState<Camera["cameras"]>([]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `tries` asks for the camera anew.
  useEffect(() => {
    if (!isSecure()) return;
    let left = false;
    let mine: MediaStream | null = null;
    const follow = async () => {
      const found = await list();
      if (!left) setCameras(found);
    };
    const begin = async () => {
      try {
        mine = await open(wanted);
        if (left) return stop(mine);
        mine.getVideoTracks()[0]?.addEventListener("ended", () => {
          if (!left) {
            setStream(null);
            setTrouble("gone");
          }
        });
        setTrouble(null);
        setStream(mine);
        await follow();
      } catch (error) {
        if (!left) setTrouble(troubleOf(error));
      }
    };
    void begin();
    navigator.mediaDevices.addEventListener("devicechange", follow);
    return () => {
      left = true;
      navigator.mediaDevices.removeEventListener("devicechange", follow);
      if (mine) stop(mine);
      setStream(null);
    };
  }, [wanted, tries]);

  const choose = useCallback((id: string) => {
    localStorage.setItem(KEPT, id);
    setWanted(id);
  }, []);
  const again = useCallback(() => setTries((count) => count + 1), []);
  const chosen = stream?.getVideoTracks()[0]?.getSettings().deviceId ?? null;
  return { stream, trouble, cameras, chosen, choose, again };
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
