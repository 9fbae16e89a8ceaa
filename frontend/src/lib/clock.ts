/**
 * The server's clock, read once and carried on by the browser's stopwatch: what the person's own clock says, or whether
 * it is changed meanwhile, does not matter.
 */
export class ServerClock {
  private readonly start: number;

  constructor(
    now: string,
    private readonly readAt: number = performance.now(),
  ) {
    this.start = new Date(now).getTime();
  }

  now(): number {
    return this.start + performance.now() - this.readAt;
  }

  /** Milliseconds until the moment; 0 once it has come. */
  until(moment: string): number {
    return Math.max(0, new Date(moment).getTime() - this.now());
  }
}

export interface Remaining {
  days: number;
  /** "03:04:05" */
  clock: string;
}

/** What is shown: a second that has begun still counts, so that nothing is shown only when nothing is left. */
export function remaining(milliseconds: number): Remaining {
  const seconds = Math.ceil(milliseconds / 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  return { days: Math.floor(seconds / 86_400), clock: `${two(hours)}:${two(minutes)}:${two(seconds % 60)}` };
}
