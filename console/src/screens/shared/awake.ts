// Keeps a screen lit and, once it was touched, full. Browsers give both only to pages that are seen, so both are asked for again.

let lock: WakeLockSentinel | undefined;

async function light(): Promise<void> {
  if (!("wakeLock" in navigator) || document.visibilityState !== "visible") return;
  if (lock && !lock.released) return;
  try {
    lock = await navigator.wakeLock.request("screen");
  } catch {
    // Refused while the battery is low; asked for again when the page is seen anew.
  }
}

/** Keeps the screen lit as long as the page is seen. */
export function stayLit(): void {
  document.addEventListener("visibilitychange", () => void light());
  document.addEventListener("pointerdown", () => void light());
  void light();
}

/** Whether the page fills the screen, or cannot. */
export function isFull(): boolean {
  return document.fullscreenElement !== null || !document.fullscreenEnabled;
}

/** Fills the screen; to be called from a touch. */
export async function goFull(): Promise<void> {
  if (isFull()) return;
  try {
    await document.documentElement.requestFullscreen({ navigationUI: "hide" });
  } catch {
    // The browser does not want to; the page works as well in its window.
  }
}

export async function leaveFull(): Promise<void> {
  if (document.fullscreenElement) await document.exitFullscreen().catch(() => undefined);
}
