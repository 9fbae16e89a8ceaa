import type { Wallet } from "@/api/types";
import { add, least, subtract } from "@/lib/money";

/**
 * How much must be recharged before `total` can be paid; a recharge repays what is owed first. Negative when more than
 * enough is there.
 */
export function missingFor(total: string, wallet: Pick<Wallet, "available" | "cash" | "gift" | "credit_limit" | "owed">): string {
  const afterDebts = subtract(add(wallet.cash, wallet.gift, wallet.credit_limit), wallet.owed);
  return subtract(total, least(wallet.available, afterDebts));
}

