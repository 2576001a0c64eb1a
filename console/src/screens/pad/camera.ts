// The device's camera: opened, watched, and opened again when it stops; which one is remembered.

import { recall, remember } from "../shared/kept.ts";

export type Trouble = "refused" | "none" | "busy";

export interface CameraListener {
  running(mirrored: boolean): void;
  trouble(trouble: Trouble): void;
}

const KEY = "pad.camera";
/** A picture that stands still for so long is a camera that has stopped, milliseconds. */
const STUCK = 8000;
const AGAIN = 5000;

export class Camera {
  private stream: MediaStream | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private played = { time: -1, at: 0 };
  private opening = false;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly listener: CameraListener,
  ) {
    video.muted = true;
    video.playsInline = true;
    setInterval(() => this.look(), 2000);
    navigator.mediaDevices?.addEventListener?.("devicechange", () => {
      if (!this.stream) void this.open();
    });
  }

  async open(): Promise<void> {
    if (this.opening) return;
    this.opening = true;
    this.close();
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: wanted() });
      const track = this.stream.getVideoTracks()[0];
      track?.addEventListener("ended", () => void this.open(), { once: true });
      this.video.srcObject = this.stream;
      await this.video.play();
      this.played = { time: -1, at: Date.now() };
      this.listener.running(track?.getSettings().facingMode !== "environment");
    } catch (error) {
      this.fail(error);
    } finally {
      this.opening = false;
    }
  }

  /** Goes on with the next camera of this device. */
  async turn(): Promise<void> {
    const devices = await navigator.mediaDevices.enumerateDevices();
    const cameras = devices.filter((device) => device.kind === "videoinput" && device.deviceId);
    const now = this.stream?.getVideoTracks()[0]?.getSettings().deviceId;
    const place = cameras.findIndex((camera) => camera.deviceId === now);
    const next = cameras[(place + 1) % cameras.length];
    if (!next || next.deviceId === now) return;
    remember(KEY, next.deviceId);
    await this.open();
  }

  /** Lets go of the camera; it is opened again by `open` alone. */
  close(): void {
    clearTimeout(this.timer);
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = undefined;
    this.video.srcObject = null;
  }

  private fail(error: unknown): void {
    this.close();
    const name = error instanceof DOMException ? error.name : "";
    if (name === "OverconstrainedError") remember(KEY, "");
    const refused = name === "NotAllowedError" || name === "SecurityError";
    const none = name === "NotFoundError" || name === "OverconstrainedError";
    this.listener.trouble(refused ? "refused" : none ? "none" : "busy");
    // Who refused is not asked again and again; the page has a button.
    if (!refused) this.timer = setTimeout(() => void this.open(), AGAIN);
  }

  private look(): void {
    if (!this.stream || this.opening || document.visibilityState !== "visible") {
      this.played.at = Date.now();
      return;
    }
    if (this.video.currentTime !== this.played.time) {
      this.played = { time: this.video.currentTime, at: Date.now() };
    } else if (Date.now() - this.played.at > STUCK) {
      void this.open();
    }
  }
}

function wanted(): MediaTrackConstraints {
  const kept = recall(KEY);
  const size = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 24 } };
  return kept ? { ...size, deviceId: { exact: kept } } : { ...size, facingMode: "user" };
}
