/** A photo with a frame around the face that was found in it. */
import { useState } from "react";
import type { Box } from "./verdict";
import "./photo.css";

type Props = { src: string; alt: string; face?: Box | null; isGood?: boolean };

export function Framed({ src, alt, face, isGood = true }: Props) {
  const [size, setSize] = useState<{ width: number; height: number } | null>(null);
  return (
    <span className="framed">
      <img
        src={src}
        alt={alt}
        onLoad={(event) =>
          setSize({ width: event.currentTarget.naturalWidth, height: event.currentTarget.naturalHeight })
        }
      />
      {face && size ? (
        <svg viewBox={`0 0 ${size.width} ${size.height}`} aria-hidden="true">
          <rect
            x={face[0]}
            y={face[1]}
            width={face[2] - face[0]}
            height={face[3] - face[1]}
            rx={(face[2] - face[0]) / 20}
            vectorEffect="non-scaling-stroke"
            data-good={isGood}
          />
        </svg>
      ) : null}
    </span>
  );
}
