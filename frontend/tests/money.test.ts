import { describe, expect, it } from "vitest";

import { add, formatYuan, isLess, isNegative, isZero, parseTyped, share, subtract } from "@/lib/money";
import { missingFor } from "@/lib/wallet";

describe("formatYuan", () => {
  it.each([
    ["0", "¥0.00"],
    ["0.5", "¥0.50"],
    ["1234567.89", "¥1,234,567.89"],
    ["-3", "-¥3.00"],
    ["-0.00", "¥0.00"],
    ["0012.30", "¥12.30"],
    ["9007199254740993.01", "¥9,007,199,254,740,993.01"],
  ])("shows %s as %s", (amount, text) => {
    expect(formatYuan(amount)).toBe(text);
  });

  it("marks what comes in when movements are shown", () => {
    expect([formatYuan("5.00", { signed: true }), formatYuan("-5.00", { signed: true }), formatYuan("0.00", { signed: true })]).toEqual([
      "+¥5.00",
      "-¥5.00",
      "¥0.00",
    ]);
  });

  it("keeps the decimals of usage, but not its zeros", () => {
    expect(formatYuan("0.001234500000", { precise: true })).toBe("¥0.0012345");
    expect(formatYuan("12.000000000000", { precise: true })).toBe("¥12.00");
  });

  it.each(["", "1e3", "１２", "1,000", "abc", "NaN", "."])("refuses %j", (text) => {
    expect(() => formatYuan(text)).toThrow(RangeError);
  });
});

describe("arithmetic", () => {
  it("is exact where floats are not", () => {
    expect(add("0.1", "0.2")).toBe("0.30");
    expect(subtract("9007199254740993.01", "0.02")).toBe("9007199254740992.99");
    expect(subtract("0.00", "12.34")).toBe("-12.34");
    expect(subtract("1.000000000001", "1")).toBe("0.000000000001");
  });

  it("compares by value, not by text", () => {
    expect([isLess("9.99", "10"), isLess("10.00", "10"), isLess("-1", "0.00")]).toEqual([true, false, true]);
    expect([isZero("0.000"), isZero("-0"), isZero("0.01")]).toEqual([true, true, false]);
    expect([isNegative("-0.01"), isNegative("-0.00")]).toEqual([true, false]);
  });

  it("draws no bar outside of its frame", () => {
    expect([share("50", "100"), share("150", "100"), share("-5", "100"), share("5", "0")]).toEqual([0.5, 1, 0, 0]);
  });
});

describe("parseTyped", () => {
  it.each([
    ["1000", "1000.00"],
    [" 99.5 ", "99.50"],
    ["007", "7.00"],
    ["0", "0.00"],
  ])("reads %j", (typed, amount) => {
    expect(parseTyped(typed)).toBe(amount);
  });

  it.each(["", "-1", "1e3", "1.234", "１００", "1,000", "1.", "abc"])("does not guess at %j", (typed) => {
    expect(parseTyped(typed)).toBeNull();
  });
});

describe("missingFor", () => {
  const wallet = { available: "0.00", cash: "0.00", gift: "0.00", credit_limit: "0.00", owed: "0.00" };

  it("is the difference when nothing is owed", () => {
    expect(missingFor("44.10", { ...wallet, available: "10.00", cash: "10.00" })).toBe("34.10");
  });

  it("includes debts, as a recharge repays them first", () => {
    expect(missingFor("44.10", { ...wallet, owed: "6364.24" })).toBe("6408.34");
  });

  it("leaves credit that is in use out of it", () => {
    expect(missingFor("5000.00", { ...wallet, available: "3636.00", credit_limit: "10000.00", owed: "6364.00" })).toBe("1364.00");
  });
});
