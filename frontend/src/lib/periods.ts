/** The lengths of time that are offered for each way of billing. */
const OFFERED: Record<string, number[]> = {
  MONTHLY: [1, 2, 3, 6, 9],
  YEARLY: [1, 2, 3],
  HOURLY: [1, 24, 168, 720],
  DAILY: [1, 7, 15, 30],
  PER_SECOND: [1, 24, 168, 720],
  ONE_OFF: [1],
};

export function periodsFor(billingMode: string): number[] {
  return OFFERED[billingMode.toUpperCase()] ?? [1];
}

/** The message that names a length of time: shop.period.monthly, … */
export function periodKey(billingMode: string): string {
  return `shop.period.${billingMode.toLowerCase()}`;
}

export function unitKey(billingMode: string): string {
  return `shop.unit.${billingMode.toLowerCase()}`;
}

export function modeKey(billingMode: string): string {
  return `shop.mode.${billingMode.toLowerCase()}`;
}
