import { defineStore } from "pinia";
import { computed, ref, watch } from "vue";

export const MOST_COMPARED = 4;
const STORED = "kboss.compare";

export interface Compared {
  product: number;
  sku: number;
  name: string;
}

function stored(): Compared[] {
  try {
    return (JSON.parse(window.sessionStorage.getItem(STORED) ?? "[]") as Compared[]).slice(0, MOST_COMPARED);
  } catch {
    return [];
  }
}

/** The SKUs that are to stand side by side, kept while the browser's tab lives. */
export const useComparison = defineStore("comparison", () => {
  const chosen = ref<Compared[]>(stored());
  const isFull = computed(() => chosen.value.length >= MOST_COMPARED);
  /** For the address of the page that shows them: "12.71,13.90". */
  const items = computed(() => chosen.value.map(({ product, sku }) => `${product}.${sku}`).join(","));

  const has = (sku: number): boolean => chosen.value.some((one) => one.sku === sku);

  function toggle(one: Compared): void {
    if (has(one.sku)) chosen.value = chosen.value.filter(({ sku }) => sku !== one.sku);
    else if (!isFull.value) chosen.value = [...chosen.value, one];
  }

  function remove(sku: number): void {
    chosen.value = chosen.value.filter((one) => one.sku !== sku);
  }

  function clear(): void {
    chosen.value = [];
  }

  watch(chosen, (now) => window.sessionStorage.setItem(STORED, JSON.stringify(now)), { deep: true });

  return { chosen, isFull, items, has, toggle, remove, clear };
});
