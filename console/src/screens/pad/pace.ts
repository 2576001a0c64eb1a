// When a picture is worth sending: only while somebody may be there, only a few a second, one at a time. No browser in here.

/** Milliseconds. */
const LIMITS = {
  /** Between two captures. */
  between: 330,
  /** Between two looks while nobody seems to be there. */
  asleep: 3000,
  /** How long a movement, or a face, keeps the pad awake. */
  moved: 2500,
  seen: 4000,
  /** An answer that takes longer than this will not come: the box promises five seconds. */
  lost: 8000,
};

export class Pace {
  private sentAt = Number.NEGATIVE_INFINITY;
  private movedAt = Number.NEGATIVE_INFINITY;
  private seenAt = Number.NEGATIVE_INFINITY;
  private quietUntil = Number.NEGATIVE_INFINITY;
  private waiting = false;

  /** Something moved before the camera. */
  moved(now: number): void {
    this.movedAt = now;
  }

  /** A picture is on its way. */
  sent(now: number): void {
    this.sentAt = now;
    this.waiting = true;
  }

  /** Its answer came. */
  answered(now: number, hasFace: boolean): void {
    this.waiting = false;
    if (hasFace) this.seenAt = now;
  }

  /** No answers come from this connection any more. */
  forget(): void {
    this.waiting = false;
  }

  /** A result is being shown; whoever it is for is walking on. */
  quiet(now: number, milliseconds: number): void {
    this.quietUntil = now + milliseconds;
  }

  /** Whether somebody may be there. */
  awake(now: number): boolean {
    return now - this.movedAt < LIMITS.moved || now - this.seenAt < LIMITS.seen;
  }

  /** How long an answer has been awaited. */
  waited(now: number): number {
    return this.waiting ? now - this.sentAt : 0;
  }

  /** Whether the connection has stopped answering. */
  lost(now: number): boolean {
    return this.waited(now) > LIMITS.lost;
  }

  /** Whether to take and send a picture now. */
  wants(now: number): boolean {
    if (this.waiting || now < this.quietUntil) return false;
    return now - this.sentAt >= (this.awake(now) ? LIMITS.between : LIMITS.asleep);
  }
}
