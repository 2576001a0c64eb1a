/** What to do for a better picture, measured a few times a second while the camera runs. */
import { type RefObject, useEffect, useState } from "react";
import { type Advice, advise, type FaceBox, measure, ovalOf } from "./measure";

/** What browsers that find faces themselves offer. */
type Detector = { detect: (source: CanvasImageSource) => Promise<{ boundingBox: DOMRectReadOnly }[]> };
type DetectorClass = new (options: { maxDetectedFaces: number; fastMode: boolean }) => Detector;

const EVERY_MS = 250;
/** Width of the copy that is measured, in pixels. */
const COPY = 160;

function detector(): Detector | null {
  const found = (window as unknown as { FaceDetector?: DetectorClass }).FaceDetector;
  try {
    return found ? new found({ maxDetectedFaces: 3, fastMode: true }) : null;
  } catch {
    return null;
  }
}

/** Null while there is nothing to measure. */
export function useGuidance(video: RefObject<HTMLVideoElement | null>, isRunning: boolean): Advice | null {
  const [advice, setAdvice] = useState<Advice | null>(null);
  useEffect(() => {
    if (!isRunning) return;
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d", { willReadFrequently: true });
    let finder = detector();
    let left = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const faces = async (source: HTMLVideoElement): Promise<FaceBox[] | null> => {
      try {
        const found = await finder?.detect(source);
        return (
          found?.map(({ boundingBox: box }) => ({
            x: box.x / source.videoWidth,
            y: box.y / source.videoHeight,
            width: box.width / source.videoWidth,
            height: box.height / source.videoHeight,
          })) ?? null
        );
      } catch {
        // Some systems have the class and nothing behind it.
        finder = null;
        return null;
      }
    };
    const look = async () => {
      const source = video.current;
      if (context && source && source.videoWidth > 0 && source.readyState >= 2) {
        canvas.width = COPY;
        canvas.height = Math.max(3, Math.round((COPY * source.videoHeight) / source.videoWidth));
        context.drawImage(source, 0, 0, canvas.width, canvas.height);
        const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
        const found = await faces(source);
        if (!left) setAdvice(advise(measure(pixels, ovalOf(source.videoWidth, source.videoHeight)), found));
      }
      if (!left) timer = setTimeout(look, EVERY_MS);
    };
    void look();
    return () => {
      left = true;
      clearTimeout(timer);
      setAdvice(null);
    };
  }, [video, isRunning]);
  return advice;
}
