import { flushPromises, mount } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createMemoryHistory, createRouter } from "vue-router";

import { api } from "@/api/client";
import type { AskField } from "@/api/types";
import { i18n } from "@/i18n";
import { filled, initialForm } from "@/pages/approvals/asking";
import AskPage from "@/pages/approvals/AskPage.vue";

interface Sent {
  params: { header: Record<string, string> };
  bodySerializer: () => FormData;
}

const fail = (): never => {
  throw new Error("nothing was sent");
};

const field = (name: string, changes: Partial<AskField> = {}): AskField => ({
  name,
  label: name,
  help: "",
  type: "text",
  choices: [],
  is_required: true,
  max_length: null,
  initial: "",
  ...changes,
});

const KINDS = [
  { code: "billing.credit_limit", label: "额度提升", intro: "", asks: [field("amount", { type: "money" }), field("reason", { type: "long_text" })] },
  { code: "clouds.resource_release", label: "资源释放", intro: "全部删除", asks: [field("resource", { type: "row", choices: [{ value: "7", label: "web-1" }] })] },
];

describe("the form of a request", () => {
  it("begins with what a link says, else with what is probably meant", () => {
    const fields = [field("resource", { initial: "1" }), field("title", { initial: "观澜" }), field("reason")];

    expect(initialForm(fields, { resource: "7", other: "x", reason: ["a"] })).toEqual({ resource: "7", title: "观澜", reason: "" });
  });

  it("is sent without empty fields", () => {
    expect(filled({ amount: " 5.00 ", until: null, reason: "  " })).toEqual({ amount: "5.00" });
  });
});

describe("the page of a new request", () => {
  const fetched = vi.fn<(path: string, options: Sent) => [number, unknown]>();
  const json = (status: number, body: unknown): [number, unknown] => [status, body];

  /** What the client makes of an answer. */
  function answer(path: string, options: object) {
    const [status, body] = fetched(path, options as Sent);
    const isFine = status < 400;
    return Promise.resolve({ data: isFine ? body : undefined, error: isFine ? undefined : body, response: new Response(null, { status }) });
  }

  async function open(address: string) {
    const page = { template: "<div />" };
    const router = createRouter({
      history: createMemoryHistory(),
      routes: [
        { path: "/approvals", name: "approvals", component: page },
        { path: "/approvals/new", name: "ask", component: AskPage },
        { path: "/approvals/:id", name: "approval", component: page },
      ],
    });
    await router.push(address);
    const wrapper = mount(AskPage, { global: { plugins: [i18n, router] } });
    await flushPromises();
    return { router, wrapper };
  }

  beforeEach(() => {
    fetched.mockReset();
    fetched.mockImplementationOnce(() => json(200, KINDS));
    vi.spyOn(api, "GET").mockImplementation((path: string) => answer(path, {}) as never);
    vi.spyOn(api, "POST").mockImplementation((path: string, options: object) => answer(path, options) as never);
  });
  afterEach(() => vi.restoreAllMocks());

  it("shows the kind that a link names, with its intro", async () => {
    const { wrapper } = await open("/approvals/new?kind=clouds.resource_release&resource=7");

    expect(wrapper.text()).toContain("全部删除");
    expect(wrapper.find("textarea").exists()).toBe(false);
  });

  it("sends the form with a key, and goes to the request", async () => {
    const { router, wrapper } = await open("/approvals/new");
    await wrapper.find("input:not([type=radio])").setValue("500.00");
    await wrapper.find("textarea").setValue("备货");
    fetched.mockImplementationOnce(() => json(201, { id: 12 }));

    await wrapper.find("form").trigger("submit");
    await flushPromises();
    await vi.waitFor(() => expect(router.currentRoute.value.path).toBe("/approvals/12"));

    const [path, { params, bodySerializer }] = fetched.mock.calls.at(-1) ?? fail();
    expect(path).toBe("/api/v1/approvals/");
    expect(params.header["Idempotency-Key"]).toMatch(/^[\da-f-]{36}$/);
    expect([...bodySerializer()]).toEqual([
      ["kind", "billing.credit_limit"],
      ["form", '{"amount":"500.00","reason":"备货"}'],
    ]);
  });

  it("shows what is wrong beside the field", async () => {
    const { wrapper } = await open("/approvals/new");
    fetched.mockImplementationOnce(() => json(400, { code: "approvals.form_invalid", errors: [{ field: "amount", code: "", detail: "这不是金额。" }] }));

    await wrapper.find("form").trigger("submit");
    await flushPromises();

    await vi.waitFor(() => expect(wrapper.find(".el-form-item__error").text()).toBe("这不是金额。"));
  });
});
