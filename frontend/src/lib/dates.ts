/** Business time is Shanghai's, wherever the browser is. */
const ZONE = "Asia/Shanghai";

const clock = new Intl.DateTimeFormat("en-CA", {
  timeZone: ZONE,
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});

function fields(moment: string | Date): Record<string, string> {
  const date = typeof moment === "string" ? new Date(moment) : moment;
  return Object.fromEntries(clock.formatToParts(date).map(({ type, value }) => [type, value]));
}

/** "2026-11-22" */
export function formatDay(moment: string | Date): string {
  const { year, month, day } = fields(moment);
  return `${year}-${month}-${day}`;
}

/** "2026-11-22 14:05", or with seconds. */
export function formatMoment(moment: string | Date, withSeconds = false): string {
  const { hour, minute, second } = fields(moment);
  return `${formatDay(moment)} ${hour}:${minute}${withSeconds ? `:${second}` : ""}`;
}


/** Every month from the first to the last, both included: "2025-12", "2026-01", … */
export function monthsBetween(first: string, last: string): string[] {
  const months: string[] = [];
  const [year = 0, month = 0] = first.split("-").map(Number);
  for (let at = year * 12 + month - 1; ; at++) {
    const name = `${Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, "0")}`;
    if (name > last) return months;
    months.push(name);
  }
}

/** "2026-10" of "2026-10" or "2026-10-01". */
export function formatMonth(month: string): string {
  return month.slice(0, 7);
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/** A distance such as "in 2 days", in the given language. */
export function formatRelative(moment: string, language: string, now: Date = new Date()): string {
  const seconds = (new Date(moment).getTime() - now.getTime()) / 1000;
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) >= length) return format.format(Math.trunc(seconds / length), unit);
  }
  return format.format(0, "second");
}

export function secondsUntil(moment: string, now: Date = new Date()): number {
  return Math.max(0, Math.ceil((new Date(moment).getTime() - now.getTime()) / 1000));
}

export function daysUntil(moment: string, now: Date = new Date()): number {
  return Math.ceil((new Date(moment).getTime() - now.getTime()) / 86_400_000);
}

/** "4:05" of 245 seconds. */
export function formatCountdown(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
