/** Sound and flash for people on the blacklist: what was chosen, remembered in this browser, and the sound itself. */
import { useCallback, useEffect, useRef, useState } from "react";
import { serverNow } from "@/shared/clock";
import { readTrace } from "@/shared/trace/trace";
import type { Schema } from "../../api";

const BLACKLIST = 3;
/** What came later than this after its capture is no reason for an alarm any more; in milliseconds. */
const RECENT = 60_000;

/** Whether somebody should look at this now. */
export function isAlarming(event: Schema<"EventView">): boolean {
  if (event.person_type === BLACKLIST) return true;
  const trace = readTrace((event.detail as { menshen?: { trace?: unknown } }).menshen?.trace);
  return trace?.flag === "blacklist" || trace?.flag === "possible_blacklist";
}

/** Whether it happened just now, not a while ago on a box that could not tell. */
export function isRecent(event: Schema<"EventView">): boolean {
  return event.arrived_at - event.estimated_at < RECENT && serverNow() - event.arrived_at < RECENT;
}

export type Alarm = {
  sound: boolean;
  flash: boolean;
  setSound: (on: boolean) => void;
  setFlash: (on: boolean) => void;
  ring: () => void;
  /** The browser lets no page sound before somebody has touched it. */
  isMuted: boolean;
};

function useSwitch(key: string, initial: boolean): [boolean, (on: boolean) => void] {
  const [on, set] = useState(() => (localStorage.getItem(key) ?? String(initial)) === "true");
  const keep = (next: boolean) => {
    localStorage.setItem(key, String(next));
    set(next);
  };
  return [on, keep];
}

export function useAlarm(): Alarm {
  const [sound, setSound] = useSwitch("menshen.watch.sound", false);
  const [flash, setFlash] = useSwitch("menshen.watch.flash", true);
  const [isMuted, setMuted] = useState(false);
  const audio = useRef<AudioContext | null>(null);

  useEffect(() => {
    if (!sound) return;
    const context = new AudioContext();
    audio.current = context;
    const look = () => setMuted(context.state !== "running");
    const wake = () => void context.resume().then(look);
    context.onstatechange = look;
    look();
    document.addEventListener("pointerdown", wake);
    document.addEventListener("keydown", wake);
    return () => {
      document.removeEventListener("pointerdown", wake);
      document.removeEventListener("keydown", wake);
      audio.current = null;
      setMuted(false);
      void context.close();
    };
  }, [sound]);

  const ring = useCallback(() => {
    if (audio.current?.state === "running") play(audio.current);
  }, []);
  return { sound, flash, setSound, setFlash, ring, isMuted };
}

/** Three rising tones. */
function play(context: AudioContext) {
  [660, 880, 1175].forEach((frequency, index) => {
    const tone = context.createOscillator();
    const volume = context.createGain();
    const begin = context.currentTime + index * 0.18;
    tone.frequency.value = frequency;
    tone.type = "triangle";
    volume.gain.setValueAtTime(0.0001, begin);
    volume.gain.exponentialRampToValueAtTime(0.4, begin + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, begin + 0.16);
    tone.connect(volume).connect(context.destination);
    tone.start(begin);
    tone.stop(begin + 0.17);
  });
}
