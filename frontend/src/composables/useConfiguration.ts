import { computed, type ComputedRef, reactive, watch } from "vue";

import type { ProductDetail, Sku } from "@/api/types";
import type { Selection } from "@/composables/usePrice";
import { periodsFor } from "@/lib/periods";

export interface Configuration {
  mode: string;
  region: string;
  sku: number;
  quantity: number;
  periods: number;
}

export interface Configurator {
  choice: Configuration;
  modes: ComputedRef<string[]>;
  regions: ComputedRef<{ value: string; label: string }[]>;
  skus: ComputedRef<Sku[]>;
  chosen: ComputedRef<Sku | undefined>;
  periods: ComputedRef<number[]>;
  selection: ComputedRef<Selection | null>;
}

/** As most people buy: the first that there is, is chosen. */
const MODES: string[] = ["monthly", "yearly", "one_off", "daily", "hourly", "per_second"];

const canBuy = (sku: Sku) => sku.unit_price !== null && sku.stock !== 0;

/** What of a product is chosen; a choice that the one before it rules out falls to the first that is possible. A link can name the first SKU. */
export function useConfiguration(product: () => ProductDetail, first?: number): Configurator {
  const linked = product().skus.find((sku) => sku.id === first);
  const choice = reactive<Configuration>({
    mode: linked?.billing_mode ?? "",
    region: linked?.region ?? "",
    sku: linked?.id ?? 0,
    quantity: 1,
    periods: 1,
  });
  const modes = computed(() => MODES.filter((mode) => product().skus.some((sku) => sku.billing_mode === mode)));
  const inMode = computed(() => product().skus.filter((sku) => sku.billing_mode === choice.mode));
  const regions = computed(() =>
    [...new Map(inMode.value.map((sku) => [sku.region ?? "", sku.region_name])).entries()].map(([value, label]) => ({ value, label })),
  );
  const skus = computed(() => inMode.value.filter((sku) => (sku.region ?? "") === choice.region));
  const chosen = computed(() => skus.value.find((sku) => sku.id === choice.sku));
  const periods = computed(() => periodsFor(choice.mode));
  const selection = computed(() =>
    chosen.value && canBuy(chosen.value) ? { sku: choice.sku, quantity: choice.quantity, periods: choice.periods } : null,
  );

  watch(modes, ([first]) => modes.value.includes(choice.mode) || (choice.mode = first ?? ""), { immediate: true });
  watch(regions, ([first]) => regions.value.some(({ value }) => value === choice.region) || (choice.region = first?.value ?? ""), {
    immediate: true,
  });
  watch(skus, (offered) => offered.some((sku) => sku.id === choice.sku) || (choice.sku = (offered.find(canBuy) ?? offered[0])?.id ?? 0), {
    immediate: true,
  });
  watch(periods, ([first]) => periods.value.includes(choice.periods) || (choice.periods = first ?? 1), { immediate: true });

  return { choice, modes, regions, skus, chosen, periods, selection };
}
