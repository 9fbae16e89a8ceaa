import { defineStore } from "pinia";
import { ref, shallowRef } from "vue";

import { api, take } from "@/api/client";
import type { Promotion } from "@/api/types";
import { ServerClock } from "@/lib/clock";
import { isFor, type Sold } from "@/lib/coverage";

/** What runs now, for the page of it and for the tags on products. */
export const usePromotions = defineStore("promotions", () => {
  const running = ref<Promotion[]>([]);
  const clock = shallowRef<ServerClock | null>(null);

  async function load(): Promise<Promotion[]> {
    const asked = performance.now();
    const { results } = await take(api.GET("/api/v1/promotions/", { params: { query: { page_size: 100 } } }));
    const now = results[0]?.now;
    // The answer was made about half way between question and arrival.
    if (now) clock.value = new ServerClock(now, (asked + performance.now()) / 2);
    running.value = results;
    return results;
  }

  /** Of what applies to a product, the first to end: it says so on its card. */
  function of(product: Sold): Promotion | undefined {
    return running.value.find((one) => one.left !== 0 && isFor(one, product));
  }

  return { running, clock, load, of };
});
