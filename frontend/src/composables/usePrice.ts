import { onScopeDispose, type Ref, ref, watch } from "vue";

import { api, take } from "@/api/client";
import { type ApiProblem, asProblem } from "@/api/problem";
import type { Price } from "@/api/types";

export interface Selection {
  sku: number;
  quantity: number;
  periods: number;
}

/** Lines bought together, and the vouchers chosen for them. */
export interface Basket {
  lines: Selection[];
  voucher_ids: number[];
}

export interface LivePrice {
  price: Ref<Price | null>;
  isPricing: Ref<boolean>;
  problem: Ref<ApiProblem | null>;
  reprice: () => Promise<void>;
}

function priceOf(basket: Basket): Promise<Price> {
  return take(api.POST("/api/v1/quotes/preview/", { body: { ...basket, project: "" } }));
}

/** The price of what is selected, always live: a late answer to an older selection is dropped. */
export function usePrice<Wanted = Basket>(
  selection: Ref<Wanted | null>,
  ask: (wanted: Wanted) => Promise<Price> = priceOf as never,
): LivePrice {
  const price = ref<Price | null>(null);
  const problem = ref<ApiProblem | null>(null);
  const isPricing = ref(false);
  let turn = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function reprice(): Promise<void> {
    const mine = ++turn;
    if (!selection.value) {
      price.value = null;
      return;
    }
    isPricing.value = true;
    try {
      const fresh = await ask(selection.value);
      if (mine !== turn) return;
      price.value = fresh;
      problem.value = null;
    } catch (thrown) {
      if (mine !== turn) return;
      price.value = null;
      problem.value = asProblem(thrown);
    } finally {
      if (mine === turn) isPricing.value = false;
    }
  }

  watch(
    selection,
    () => {
      clearTimeout(timer);
      turn++;
      isPricing.value = selection.value !== null;
      timer = setTimeout(() => void reprice(), 250);
    },
    { immediate: true, deep: true },
  );
  onScopeDispose(() => clearTimeout(timer));
  return { price, isPricing, problem, reprice };
}
