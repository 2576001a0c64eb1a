// Two short tones: rising for those who may pass, falling for those who may not. Off until somebody switches them on.

import { recall, remember } from "../shared/kept.ts";

const KEY = "pad.sound";

export class Sound {
  private context: AudioContext | undefined;
  on = recall(KEY) === "on";

  /** To be called from a touch: browsers let nothing sound before one. */
  toggle(): void {
    this.on = !this.on;
    remember(KEY, this.on ? "on" : "off");
    this.touched();
    if (this.on) this.play(true);
  }

  touched(): void {
    if (!this.on) return;
    this.context ??= new AudioContext();
    void this.context.resume().catch(() => undefined);
  }

  play(good: boolean): void {
    const context = this.context;
    if (!this.on || context?.state !== "running") return;
    const tones = good ? [660, 880] : [330, 247];
    tones.forEach((pitch, place) => {
      const begin = context.currentTime + place * 0.13;
      const [tone, volume] = [context.createOscillator(), context.createGain()];
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.0001, begin);
      volume.gain.exponentialRampToValueAtTime(0.16, begin + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, begin + 0.22);
      tone.connect(volume).connect(context.destination);
      tone.start(begin);
      tone.stop(begin + 0.24);
    });
  }
}
