import { mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { defineComponent, h } from "vue";

import { closeLive, oneAtATime, openLive, useLive } from "@/live";

/** The browser's EventSource, driven by the test. */
class FakeSource extends EventTarget {
  static readonly CLOSED = 2;
  static all: FakeSource[] = [];
  readyState = 0;

  constructor(readonly url: string) {
    super();
    FakeSource.all.push(this);
  }

  static get newest(): FakeSource {
    return FakeSource.all.at(-1) as FakeSource;
  }

  close(): void {
    this.readyState = FakeSource.CLOSED;
  }

  say(topic: string, data: unknown, lastEventId = ""): void {
    this.readyState = 1;
    this.dispatchEvent(new MessageEvent(topic, { data: JSON.stringify(data), lastEventId }));
  }

  fail(readyState: number): void {
    this.readyState = readyState;
    this.dispatchEvent(new Event("error"));
  }
}

let isHidden = false;
const pages: VueWrapper[] = [];

function page(topic: string, handler: (data: unknown) => void) {
  const wrapper = mount(
    defineComponent({
      setup() {
        const { isUp } = useLive(topic, handler);
        return () => h("i", String(isUp.value));
      },
    }),
  );
  pages.push(wrapper);
  return wrapper;
}

function hide(now: boolean): void {
  isHidden = now;
  document.dispatchEvent(new Event("visibilitychange"));
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", FakeSource);
  vi.spyOn(document, "hidden", "get").mockImplementation(() => isHidden);
  FakeSource.all = [];
  isHidden = false;
});

afterEach(() => {
  closeLive();
  for (const wrapper of pages.splice(0)) wrapper.unmount();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("useLive", () => {
  it("hands each page the events of its topic, as long as it is there", async () => {
    const [orders, inbox] = [vi.fn(), vi.fn()];
    openLive();
    const order = page("order", orders);
    page("inbox", inbox);
    FakeSource.newest.say("ready", {}, "7");
    orders.mockClear();
    inbox.mockClear();
    FakeSource.newest.say("order", { id: 1 }, "8");
    order.unmount();
    FakeSource.newest.say("order", { id: 2 }, "9");
    FakeSource.newest.say("inbox", { unread: 3 }, "10");

    expect(orders.mock.calls).toEqual([[{ id: 1 }]]);
    expect(inbox.mock.calls).toEqual([[{ unread: 3 }]]);
  });

  it("has those look again who were here before the stream, and after a reset", () => {
    const [early, late] = [vi.fn(), vi.fn()];
    openLive();
    page("order", early);
    FakeSource.newest.say("ready", {}, "7");
    page("order", late);
    expect([early.mock.calls, late.mock.calls]).toEqual([[[null]], []]);
    FakeSource.newest.say("reset", {}, "900");

    expect([early.mock.calls.length, late.mock.calls]).toEqual([2, [[null]]]);
  });

  it("says whether it stands, and leaves coming back to the browser", async () => {
    openLive();
    const shown = page("order", vi.fn());
    FakeSource.newest.say("ready", {}, "7");
    await shown.vm.$nextTick();
    expect(shown.text()).toBe("true");
    FakeSource.newest.fail(0);
    await shown.vm.$nextTick();
    expect(shown.text()).toBe("false");
    vi.advanceTimersByTime(10_000);

    expect(FakeSource.all).toHaveLength(1);
  });

  it("comes back by itself, ever more slowly, when it was refused", () => {
    openLive();
    for (let turn = 0; turn < 4; turn++) {
      FakeSource.newest.fail(FakeSource.CLOSED);
      vi.advanceTimersByTime(3000);
      expect(FakeSource.all).toHaveLength(turn + 1);
      vi.advanceTimersByTime(80_000);
    }

    expect(FakeSource.all).toHaveLength(5);
  });

  it("goes on after the last event, without having pages look again", () => {
    const handler = vi.fn();
    openLive();
    page("order", handler);
    FakeSource.newest.say("ready", {}, "7");
    FakeSource.newest.say("order", { id: 1 }, "8");
    handler.mockClear();
    FakeSource.newest.fail(FakeSource.CLOSED);
    vi.advanceTimersByTime(10_000);
    FakeSource.newest.say("order", { id: 2 }, "9");
    FakeSource.newest.say("ready", {}, "9");

    expect(FakeSource.newest.url).toBe("/api/v1/live/?last_event_id=8");
    expect(handler.mock.calls).toEqual([[{ id: 2 }]]);
  });

  it("does not trust a silent connection", () => {
    openLive();
    FakeSource.newest.say("ready", {}, "7");
    vi.advanceTimersByTime(30_000);
    FakeSource.newest.say("beat", {}, "8");
    vi.advanceTimersByTime(30_000);
    expect(FakeSource.all).toHaveLength(1);
    vi.advanceTimersByTime(16_000);

    expect(FakeSource.all.map((source) => source.url)).toEqual(["/api/v1/live/", "/api/v1/live/?last_event_id=8"]);
  });

  it("keeps no connection for a page that nobody sees", () => {
    openLive();
    FakeSource.newest.say("ready", {}, "7");
    hide(true);
    vi.advanceTimersByTime(9000);
    hide(false);
    vi.advanceTimersByTime(9000);
    expect(FakeSource.newest.readyState).toBe(1);
    hide(true);
    vi.advanceTimersByTime(11_000);
    expect(FakeSource.newest.readyState).toBe(FakeSource.CLOSED);
    hide(false);

    expect(FakeSource.newest.url).toBe("/api/v1/live/?last_event_id=7");
  });

  it("begins anew for the next person", () => {
    openLive();
    FakeSource.newest.say("ready", {}, "7");
    closeLive();
    vi.advanceTimersByTime(100_000);
    expect(FakeSource.all).toHaveLength(1);
    openLive();

    expect(FakeSource.newest.url).toBe("/api/v1/live/");
  });

  it("does without where there is no EventSource", () => {
    vi.stubGlobal("EventSource", undefined);
    openLive();

    expect(page("order", vi.fn()).text()).toBe("false");
  });
});

describe("oneAtATime", () => {
  it("covers what happens during a call by one more", async () => {
    const ends: (() => void)[] = [];
    const load = vi.fn(() => new Promise<void>((resolve) => ends.push(resolve)));
    const look = oneAtATime(load);
    look();
    look();
    look();
    expect(load).toHaveBeenCalledTimes(1);
    ends[0]?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(load).toHaveBeenCalledTimes(2);
    ends[1]?.();
    await vi.advanceTimersByTimeAsync(0);

    expect(load).toHaveBeenCalledTimes(2);
  });

  it("goes on after a failure", async () => {
    const load = vi.fn().mockRejectedValueOnce(new Error("down")).mockResolvedValue(undefined);
    const look = oneAtATime(load);
    look();
    await vi.advanceTimersByTimeAsync(0);
    look();

    expect(load).toHaveBeenCalledTimes(2);
  });
});
