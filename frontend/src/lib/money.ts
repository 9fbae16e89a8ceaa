/**
 * Amounts arrive as decimal strings ("1234.50") and stay exact: they are compared and added as integers (BigInt) and
 * never pass through a float.
 */
const PATTERN = /^([+-]?)(\d+)(?:\.(\d+))?$/;

export interface FormatOptions {
  /** A sign in front of positive amounts too: for movements. */
  signed?: boolean;
  /** Keep up to twelve decimals, as usage records have them, and at least two. */
  precise?: boolean;
}

function parts(amount: string): { sign: string; whole: string; decimals: string } {
  const match = PATTERN.exec(amount.trim());
  if (!match) throw new RangeError(`Not an amount: ${amount}`);
  return { sign: match[1] === "-" ? "-" : "", whole: match[2] ?? "0", decimals: match[3] ?? "" };
}

/** Enough decimals for all of them, and at least the fen. */
function scaleOf(amounts: string[]): number {
  return Math.max(2, ...amounts.map((amount) => parts(amount).decimals.length));
}

function toUnits(amount: string, scale: number): bigint {
  const { sign, whole, decimals } = parts(amount);
  const units = BigInt(whole + decimals.padEnd(scale, "0"));
  return sign ? -units : units;
}

function fromUnits(units: bigint, scale: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, "0");
  return `${units < 0n ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

export function add(...amounts: string[]): string {
  const scale = scaleOf(amounts);
  return fromUnits(
    amounts.reduce((sum, amount) => sum + toUnits(amount, scale), 0n),
    scale,
  );
}

export function subtract(amount: string, other: string): string {
  const scale = scaleOf([amount, other]);
  return fromUnits(toUnits(amount, scale) - toUnits(other, scale), scale);
}

export function isLess(amount: string, other: string): boolean {
  const scale = scaleOf([amount, other]);
  return toUnits(amount, scale) < toUnits(other, scale);
}

export function least(amount: string, other: string): string {
  return isLess(amount, other) ? amount : other;
}

export function isZero(amount: string): boolean {
  const { whole, decimals } = parts(amount);
  return !/[1-9]/.test(whole + decimals);
}

export function isNegative(amount: string): boolean {
  return parts(amount).sign === "-" && !isZero(amount);
}

/** "¥1,234.50", "-¥3.00"; two decimals, or all of them when `precise`. */
export function formatYuan(amount: string, { signed = false, precise = false }: FormatOptions = {}): string {
  const { sign, whole, decimals } = parts(amount);
  const trimmed = decimals.replace(/0+$/, "");
  const shown = precise ? trimmed.padEnd(2, "0") : decimals.slice(0, 2).padEnd(2, "0");
  const grouped = whole.replace(/^0+(?=\d)/, "").replace(/\B(?=(\d{3})+$)/g, ",");
  const isNothing = !/[1-9]/.test(whole + shown);
  const mark = isNothing ? "" : sign || (signed ? "+" : "");
  return `${mark}¥${grouped}.${shown}`;
}

/** What a person may type into an amount field: digits and at most two decimals, no exponent, no full-width digits. */
export function parseTyped(text: string): string | null {
  const match = /^(\d{1,12})(?:\.(\d{1,2}))?$/.exec(text.trim());
  if (!match) return null;
  return `${match[1]?.replace(/^0+(?=\d)/, "")}.${(match[2] ?? "").padEnd(2, "0")}`;
}

/** For axes and bar lengths only: a picture may be a float, an amount may not. */
export function toPicture(amount: string): number {
  return Number(amount);
}

/** The part of `whole` that `amount` is, between 0 and 1: for bars. */
export function share(amount: string, whole: string): number {
  const total = toPicture(whole);
  return total > 0 ? Math.min(1, Math.max(0, toPicture(amount) / total)) : 0;
}
