import { describe, expect, it } from "vitest";

import { deviceOf } from "@/lib/browser";
import { daysUntil, formatCountdown, formatMoment, formatMonth, monthsBetween, secondsUntil } from "@/lib/dates";
import { safeNext } from "@/lib/paths";
import { maskPhone, toE164 } from "@/lib/phone";
import { factsOf } from "@/lib/specification";
import { toneOf } from "@/lib/tone";

describe("dates", () => {
  it("are Shanghai's, at the edges of a day", () => {
    expect(formatMoment("2026-11-22T15:59:59Z", true)).toBe("2026-11-22 23:59:59");
    expect(formatMoment("2026-11-22T16:00:00Z")).toBe("2026-11-23 00:00");
    expect(formatMoment("2026-11-22T14:05:00+08:00")).toBe("2026-11-22 14:05");
  });

  it("leave out no month", () => {
    expect(monthsBetween("2025-11", "2026-02")).toEqual(["2025-11", "2025-12", "2026-01", "2026-02"]);
    expect(monthsBetween("2026-05", "2026-05")).toEqual(["2026-05"]);
  });

  it("count down and never below nothing", () => {
    const now = new Date("2026-11-22T00:00:00Z");
    expect(secondsUntil("2026-11-22T00:04:04.200Z", now)).toBe(245);
    expect(secondsUntil("2026-11-21T00:00:00Z", now)).toBe(0);
    expect(daysUntil("2026-11-23T12:00:00Z", now)).toBe(2);
    expect(formatCountdown(245)).toBe("4:05");
    expect(formatMonth("2026-10-01")).toBe("2026-10");
  });
});

describe("safeNext", () => {
  it.each(["/orders/12", "/admin/orders/?q=1", "/"])("follows %s", (next) => expect(safeNext(next)).toBe(next));

  it.each(["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "orders", "", null, undefined, ["/a"]])(
    "does not follow %j",
    (next) => expect(safeNext(next)).toBeNull(),
  );
});

describe("phones", () => {
  it.each([
    ["138 0013 8000", "+8613800138000"],
    ["8613800138000", "+8613800138000"],
    ["+852 5123 4567", "+85251234567"],
  ])("%s becomes %s", (typed, phone) => expect(toE164(typed)).toBe(phone));

  it("show enough to be recognised", () => expect(maskPhone("+8613800138000")).toBe("138****8000"));
});

it("orders the facts of a configuration and leaves out what is not said", () => {
  const facts = factsOf({ disk_gib: 40, vcpu: 2, memory_gib: null, unknown: 1 });

  expect(facts).toEqual([
    { key: "vcpu", value: "2" },
    { key: "disk_gib", value: "40" },
  ]);
});

it("gives the same word another colour where it means something else", () => {
  expect([toneOf("resource", "pending"), toneOf("verification", "pending"), toneOf("bill", "paid"), toneOf("order", "new-state")]).toEqual([
    "progress",
    "progress",
    "done",
    "draft",
  ]);
});

it("names a device", () => {
  expect(deviceOf("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0")).toBe(
    "Edge · Windows",
  );
});
