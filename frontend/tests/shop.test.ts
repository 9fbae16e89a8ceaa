import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { effectScope } from "vue";

import { useCountdown } from "@/composables/useCountdown";
import { remaining, ServerClock } from "@/lib/clock";
import { isDifferent, parsed } from "@/lib/comparison";
import { isFor, placeOf } from "@/lib/coverage";
import { listed, toggled } from "@/lib/filters";
import { changesBetween } from "@/lib/quotes";

describe("the server's clock", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("goes on without asking what the person's clock says", () => {
    const clock = new ServerClock("2026-11-22T13:59:58Z");
    vi.setSystemTime(new Date("2031-01-01T00:00:00Z"));
    vi.advanceTimersByTime(1500);

    expect(clock.until("2026-11-22T14:00:00Z")).toBe(500);
  });

  it("counts from half way between question and answer", () => {
    const clock = new ServerClock("2026-11-22T13:59:58Z", performance.now() - 200);

    expect(clock.until("2026-11-22T14:00:00Z")).toBe(1800);
  });

  it("counts down to nothing on the second, and calls back once", () => {
    const ended = vi.fn();
    const scope = effectScope();
    const left = scope.run(() => useCountdown(new ServerClock("2026-11-22T13:59:57.400Z"), "2026-11-22T14:00:00Z", ended));
    const shown = [remaining(left?.value ?? 0).clock];
    for (const wait of [600, 1000]) {
      vi.advanceTimersByTime(wait);
      shown.push(remaining(left?.value ?? 0).clock);
    }

    expect(shown).toEqual(["00:00:03", "00:00:02", "00:00:01"]);
    vi.advanceTimersByTime(999);
    expect(ended).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(ended).toHaveBeenCalledOnce();
    expect(left?.value).toBe(0);
    scope.stop();
  });

  it("stops with its page", () => {
    const ended = vi.fn();
    const scope = effectScope();
    scope.run(() => useCountdown(new ServerClock("2026-11-22T13:59:59Z"), "2026-11-22T14:00:00Z", ended));
    scope.stop();
    vi.advanceTimersByTime(5000);

    expect(ended).not.toHaveBeenCalled();
  });
});

it("shows days apart from the clock", () => {
  expect(remaining(2 * 86_400_000 + 3_723_000)).toEqual({ days: 2, clock: "01:02:03" });
  expect(remaining(1)).toEqual({ days: 0, clock: "00:00:01" });
});

describe("filters of several values", () => {
  it("are toggled one by one", () => {
    expect(toggled("", "a")).toBe("a");
    expect(toggled("a", "b")).toBe("a,b");
    expect(toggled("a,b", "a")).toBe("b");
    expect(listed("a,,b")).toEqual(["a", "b"]);
    expect(listed(undefined)).toEqual([]);
  });
});

describe("comparison", () => {
  it("reads the address and leaves out what makes no sense", () => {
    expect(parsed("1.11, 2.22,x,3,1.11,4.44,5.55,6.66", 4)).toEqual([
      { product: 1, sku: 11 },
      { product: 2, sku: 22 },
      { product: 4, sku: 44 },
      { product: 5, sku: 55 },
    ]);
  });

  it("marks what differs", () => {
    expect([isDifferent(["2", "2"]), isDifferent(["2", "4", "2"]), isDifferent([])]).toEqual([false, true, false]);
  });
});

it.each([
  [{ type: "sku", id: 7, code: "s", product: 3 }, { name: "buy", params: { id: "3" }, query: { sku: "7" } }],
  [{ type: "product", id: 3, code: "p", product: 3 }, { name: "buy", params: { id: "3" }, query: {} }],
  [{ type: "category", id: 1, code: "gpu", product: null }, { name: "products", query: { category: "gpu" } }],
  [{ type: "all", id: null, code: null, product: null }, { name: "products" }],
])("leads from %j to where it can be bought", (covers, place) => expect(placeOf(covers)).toEqual(place));

describe("the promotion on a product's card", () => {
  const sold = {
    id: 3,
    category: { slug: "gpu" },
    vendor: { code: "sandbox" },
    offers: [
      { region: "cn-beijing", billing_mode: "hourly" },
      { region: "cn-shanghai", billing_mode: "monthly" },
    ],
  };
  const everything = { covers: { type: "all", id: null, code: null, product: null }, regions: [], billing_modes: [], order_types: [] };

  it.each([
    [{}, true],
    [{ regions: ["cn-beijing"] }, true],
    [{ regions: ["cn-wuxi"] }, false],
    [{ billing_modes: ["yearly", "monthly"] }, true],
    [{ billing_modes: ["yearly"] }, false],
    // Each is sold, but no SKU is both.
    [{ regions: ["cn-beijing"], billing_modes: ["monthly"] }, false],
    [{ order_types: ["renew"] }, false],
    [{ order_types: ["renew", "new"] }, true],
    [{ covers: { type: "category", id: 1, code: "gpu", product: null } }, true],
    [{ covers: { type: "vendor", id: 1, code: "aliyun", product: null } }, false],
    [{ covers: { type: "sku", id: 9, code: "t4", product: 3 }, regions: ["cn-beijing"] }, true],
    [{ covers: { type: "sku", id: 9, code: "t4", product: 4 } }, false],
  ])("with %j: %s", (changes, shown) => expect(isFor({ ...everything, ...changes }, sold)).toBe(shown));

  it("is not shown where nothing is sold", () => expect(isFor(everything, { ...sold, offers: [] })).toBe(false));
});

it("tells which lines of a new quote cost something else", () => {
  const line = (id: number, amount: string) => ({ sku: { id, name: `SKU ${id}` }, amount });

  expect(changesBetween({ lines: [line(1, "10.00"), line(2, "5.00")] }, { lines: [line(1, "12.00"), line(2, "5.00")] })).toEqual([
    { name: "SKU 1", before: "10.00", after: "12.00" },
  ]);
});
