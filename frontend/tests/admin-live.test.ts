import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

/** static/kboss/live.js, the admin's side of live push. */
const SCRIPT = readFileSync(resolve(process.cwd(), "../static/kboss/live.js"), "utf-8");
const BELL = `<a id="kb-bell" aria-label="我的消息" data-label="我的消息" data-unread="未读消息：{count}" data-person="7"
  data-changed="内容已有变化。" data-reload="查看最新内容" data-count="/count/" data-stream="/live/"><b class="kb-bell-count" hidden></b></a>`;

class FakeSource extends EventTarget {
  static readonly CLOSED = 2;
  static all: FakeSource[] = [];
  readyState = 1;

  constructor(readonly url: string) {
    super();
    FakeSource.all.push(this);
  }

  close(): void {
    this.readyState = FakeSource.CLOSED;
  }

  say(topic: string, data: unknown, lastEventId: string): void {
    this.dispatchEvent(new MessageEvent(topic, { data: JSON.stringify(data), lastEventId }));
  }
}

const order = (state: string, inside = "") =>
  `<div id="content"><div data-live="order:12" data-live-page>${state}</div>${inside}<p class="time">${state}</p></div>`;
let server: string;
let fetched: string[];
/** The script stays as long as its page; here the next test is the next page. */
const heard: [EventTarget, string, EventListener][] = [];

function remember(target: EventTarget): void {
  const add = target.addEventListener.bind(target);
  vi.spyOn(target, "addEventListener").mockImplementation((name, listener) => {
    heard.push([target, name, listener as EventListener]);
    add(name, listener);
  });
}

async function open(content: string): Promise<FakeSource> {
  document.body.innerHTML = BELL + content;
  server = document.body.innerHTML;
  new Function(SCRIPT)();
  document.dispatchEvent(new Event("DOMContentLoaded"));
  await vi.advanceTimersByTimeAsync(0);
  return FakeSource.all.at(-1) as FakeSource;
}

const text = (selector: string) => document.querySelector(selector)?.textContent;
const settle = () => vi.advanceTimersByTimeAsync(10);

beforeEach(() => {
  vi.useFakeTimers();
  remember(document);
  remember(window);
  vi.stubGlobal("EventSource", FakeSource);
  fetched = [];
  vi.stubGlobal("fetch", (url: string) => {
    fetched.push(url);
    return Promise.resolve({ ok: true, redirected: false, json: () => Promise.resolve({ unread: 2 }), text: () => Promise.resolve(server) });
  });
  FakeSource.all = [];
  sessionStorage.clear();
});

afterEach(() => {
  window.dispatchEvent(new Event("pagehide"));
  for (const [target, name, listener] of heard.splice(0)) target.removeEventListener(name, listener);
  vi.restoreAllMocks();
  document.body.innerHTML = "";
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("the admin's bell", () => {
  it("counts what is unread, and hears of more", async () => {
    const source = await open("");
    expect([text(".kb-bell-count"), document.querySelector("#kb-bell")?.getAttribute("aria-label")]).toEqual(["2", "未读消息：2"]);
    source.say("inbox", { unread: 120 }, "5");
    expect(text(".kb-bell-count")).toBe("99+");
    source.say("inbox", { unread: 0 }, "6");

    expect(document.querySelector<HTMLElement>(".kb-bell-count")?.hidden).toBe(true);
  });

  it("goes on where the last page stopped", async () => {
    (await open("")).say("beat", {}, "41");
    const next = await open("");

    expect(next.url).toBe("/live/?last_event_id=41");
  });
});

describe("a page that follows what it shows", () => {
  it("is renewed when its own thing moves", async () => {
    const source = await open(order("开通中"));
    server = BELL + order("已完成");
    source.say("order", { id: 13 }, "1");
    await settle();
    expect(text(".time")).toBe("开通中");
    source.say("order", { id: 12 }, "2");
    await settle();

    expect([text("[data-live]"), text(".time"), text(".kb-live-note")]).toEqual(["已完成", "已完成", undefined]);
  });

  it("keeps what somebody has typed, and says that it is old", async () => {
    const source = await open(order("审批中", "<textarea></textarea>"));
    const area = document.querySelector("textarea") as HTMLTextAreaElement;
    area.value = "同意，但";
    server = BELL + order("已拒绝", "<textarea></textarea>");
    source.say("order", { id: 12 }, "1");
    await settle();
    expect([text(".time"), text(".kb-live-note")]).toEqual(["审批中", "内容已有变化。 查看最新内容"]);
    area.value = "";
    area.dispatchEvent(new Event("focusout", { bubbles: true }));
    await settle();

    expect([text(".time"), text(".kb-live-note")]).toEqual(["已拒绝", undefined]);
  });

  it("looks by itself as long as the page asks for it", async () => {
    await open(order("开通中").replace("data-live-page", "data-live-page data-live-poll"));
    server = BELL + order("已完成");
    await vi.advanceTimersByTimeAsync(3100);
    expect(text(".time")).toBe("已完成");
    const looks = fetched.length;
    await vi.advanceTimersByTimeAsync(9000);

    expect(fetched).toHaveLength(looks);
  });

  it("is renewed after a gap", async () => {
    const source = await open(order("开通中"));
    server = BELL + order("已完成");
    source.say("reset", {}, "900");
    await settle();

    expect(text(".time")).toBe("已完成");
  });
});
