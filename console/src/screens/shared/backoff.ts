// How long to wait before trying again: longer each time, never in step with other screens, never for ever.

export class Backoff {
  private failures = 0;

  constructor(
    private readonly first = 1000,
    private readonly most = 15_000,
  ) {}

  /** The next pause in milliseconds. */
  next(): number {
    const pause = Math.min(this.most, this.first * 2 ** this.failures);
    this.failures = Math.min(this.failures + 1, 10);
    return Math.round(pause * (0.75 + Math.random() / 2));
  }

  reset(): void {
    this.failures = 0;
  }
}
