import { beforeEach, describe, expect, it } from "vitest";

import { IntentKeys, newKey } from "@/api/idempotency";

describe("IntentKeys", () => {
  let keys: IntentKeys;

  beforeEach(() => {
    window.sessionStorage.clear();
    keys = new IntentKeys();
  });

  it("keeps the key of an intent that is tried again, even after a reload", () => {
    const first = keys.for("orders.place", { quote: 1 });

    expect(keys.for("orders.place", { quote: 1 })).toBe(first);
    expect(new IntentKeys().for("orders.place", { quote: 1 })).toBe(first);
  });

  it("gives another action and another body their own", () => {
    const all = [keys.for("orders.place", { quote: 1 }), keys.for("orders.place", { quote: 2 }), keys.for("orders.pay:1", { quote: 1 })];

    expect(new Set(all).size).toBe(3);
  });

  it("starts anew after the answer is known", () => {
    const first = keys.for("recharges.start", { amount: "1.00" });
    keys.settle("recharges.start", { amount: "1.00" });

    expect(keys.for("recharges.start", { amount: "1.00" })).not.toBe(first);
  });

  it("makes UUIDs of version 4", () => {
    expect(newKey()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
