import { flushPromises, mount } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { defineComponent, h } from "vue";

import { ApiProblem } from "@/api/problem";
import { useLoad } from "@/composables/useLoad";
import { usePoll } from "@/composables/usePoll";
import { useSubmit } from "@/composables/useSubmit";

describe("useLoad", () => {
  it("drops an answer that comes after a newer one", async () => {
    const answers: ((value: string) => void)[] = [];
    const { data, load } = useLoad(() => new Promise<string>((resolve) => answers.push(resolve)));
    const [first, second] = [load(), load()];
    answers[1]?.("new");
    answers[0]?.("old");
    await Promise.all([first, second]);

    expect(data.value).toBe("new");
  });

  it("keeps what it has when loading anew fails", async () => {
    let isBroken = false;
    const { data, problem, load } = useLoad(async () => {
      if (isBroken) throw new ApiProblem({ status: 503, code: "down" });
      return "here";
    });
    await load();
    isBroken = true;
    await load();

    expect([data.value, problem.value?.code]).toEqual(["here", "down"]);
  });
});

describe("useSubmit", () => {
  it("runs once at a time", async () => {
    const deed = vi.fn(() => Promise.resolve());
    const { run } = useSubmit(deed);
    const results = await Promise.all([run(), run()]);

    expect(deed).toHaveBeenCalledOnce();
    expect(results).toEqual([true, false]);
  });

  it("keeps every message of a field", async () => {
    const errors = [
      { field: "password", code: "a", detail: "Too short." },
      { field: "password", code: "b", detail: "Too common." },
    ];
    const { run, fieldErrors } = useSubmit(() => Promise.reject(new ApiProblem({ status: 400, code: "invalid", errors })));

    expect(await run()).toBe(false);
    expect(fieldErrors.value).toEqual({ password: "Too short. Too common." });
  });
});

describe("usePoll", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function polling(look: () => Promise<boolean>) {
    return mount(
      defineComponent({
        setup() {
          usePoll(look, 1000).start();
          return () => h("div");
        },
      }),
    );
  }

  it("looks until there is nothing to wait for", async () => {
    const look = vi.fn<() => Promise<boolean>>().mockResolvedValueOnce(true).mockResolvedValue(false);
    polling(look);
    await vi.advanceTimersByTimeAsync(5000);

    expect(look).toHaveBeenCalledTimes(2);
  });

  it("stops with its page", async () => {
    const look = vi.fn(() => Promise.resolve(true));
    const page = polling(look);
    await vi.advanceTimersByTimeAsync(1500);
    page.unmount();
    await vi.advanceTimersByTimeAsync(5000);
    await flushPromises();

    expect(look).toHaveBeenCalledOnce();
  });
});
