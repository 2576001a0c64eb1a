/**
 * Takes a photo of a face with a camera of this machine: live picture with the one thing to do next, and the shot as it was
 * seen, in full size. Where there is no camera it says why and what to do, and takes a file in its place.
 */
import { CameraOutlined, PictureOutlined } from "@ant-design/icons";
import { Alert, Button, Flex, Select, Spin } from "antd";
import { useEffect, useRef, useState } from "react";
import { useWords } from "../words";
import { ovalOf } from "./measure";
import { type Camera, useCamera } from "./useCamera";
import { useGuidance } from "./useGuidance";
import "./webcam.css";
import { says } from "./words";

const JPEG_QUALITY = 0.92;

type Props = {
  /** Gets the shot (JPEG, not mirrored), or the file that was chosen in its place. */
  onShot: (photo: Blob) => void;
  /** While the last shot is looked at: no further one can be taken. */
  isBusy?: boolean;
};

export function WebcamCapture({ onShot, isBusy = false }: Props) {
  const camera = useCamera();
  if (camera.trouble) return <Trouble camera={camera} onShot={onShot} />;
  return <Live camera={camera} onShot={onShot} isBusy={isBusy} />;
}

function Live({ camera, onShot, isBusy }: { camera: Camera } & Required<Props>) {
  const w = useWords(says);
  const video = useRef<HTMLVideoElement>(null);
  const [size, setSize] = useState({ width: 4, height: 3 });
  const [isRunning, setRunning] = useState(false);
  const advice = useGuidance(video, isRunning);
  useEffect(() => {
    if (video.current) video.current.srcObject = camera.stream;
    if (!camera.stream) setRunning(false);
  }, [camera.stream]);

  const shoot = () => {
    const source = video.current;
    if (!source) return;
    const canvas = document.createElement("canvas");
    canvas.width = source.videoWidth;
    canvas.height = source.videoHeight;
    canvas.getContext("2d")?.drawImage(source, 0, 0);
    canvas.toBlob((photo) => photo && onShot(photo), "image/jpeg", JPEG_QUALITY);
  };
  const isGood = advice === "good" || advice === "fit";
  return (
    <div className="webcam" style={{ width: `min(100%, ${(60 * size.width) / size.height}vh)` }}>
      <div className="webcam-picture" style={{ aspectRatio: `${size.width} / ${size.height}` }}>
        <video
          ref={video}
          autoPlay
          muted
          playsInline
          aria-label={w.live}
          onLoadedData={(event) => {
            const { videoWidth, videoHeight } = event.currentTarget;
            setSize({ width: videoWidth, height: videoHeight });
            setRunning(true);
          }}
        />
        {isRunning ? <Guide {...size} isGood={isGood} /> : <Spin className="webcam-wait" />}
        <div className="webcam-advice" role="status" data-advice={advice}>
          {isRunning ? (advice ? w.advice[advice] : "") : w.starting}
        </div>
      </div>
      <Flex gap={8} wrap justify="space-between" className="webcam-controls">
        {camera.cameras.length > 1 ? (
          <Select
            aria-label={w.camera}
            value={camera.chosen}
            onChange={camera.choose}
            options={camera.cameras.map(({ id, name }, at) => ({
              value: id,
              label: name || w.unnamed(at + 1),
            }))}
            className="webcam-choice"
          />
        ) : (
          <span />
        )}
        <Button
          type="primary"
          icon={<CameraOutlined />}
          onClick={shoot}
          disabled={!isRunning}
          loading={isBusy}
        >
          {w.shoot}
        </Button>
      </Flex>
    </div>
  );
}

/** The oval to fit the face into; around it the picture is darkened. */
function Guide({ width, height, isGood }: { width: number; height: number; isGood: boolean }) {
  const oval = ovalOf(width, height);
  const [rx, ry] = [(oval.width * width) / 2, (oval.height * height) / 2];
  const [cx, cy] = [width / 2, height / 2];
  const ring = `M${cx - rx} ${cy}a${rx} ${ry} 0 1 0 ${2 * rx} 0a${rx} ${ry} 0 1 0 ${-2 * rx} 0z`;
  return (
    <svg viewBox={`0 0 ${width} ${height}`} aria-hidden="true" data-good={isGood}>
      <path d={`M0 0h${width}v${height}h${-width}z${ring}`} fillRule="evenodd" className="webcam-shade" />
      <path d={ring} className="webcam-ring" vectorEffect="non-scaling-stroke" />
    </svg>
  );
}

function Trouble({ camera, onShot }: { camera: Camera; onShot: Props["onShot"] }) {
  const w = useWords(says);
  const input = useRef<HTMLInputElement>(null);
  const trouble = camera.trouble ?? "failed";
  const help = w.help[trouble];
  return (
    <Alert
      type="warning"
      showIcon
      role="alert"
      title={w.trouble[trouble]}
      description={
        <>
          <p>{typeof help === "string" ? help : help(window.location.origin)}</p>
          <Flex gap={8} wrap>
            {trouble === "insecure" ? null : <Button onClick={camera.again}>{w.again}</Button>}
            <Button icon={<PictureOutlined />} onClick={() => input.current?.click()}>
              {w.file}
            </Button>
            <input
              ref={input}
              type="file"
              accept="image/*"
              capture="user"
              hidden
              aria-label={w.file}
              onChange={(event) => {
                const file = event.target.files?.[0];
                event.target.value = "";
                if (file) onShot(file);
              }}
            />
          </Flex>
        </>
      }
    />
  );
}
