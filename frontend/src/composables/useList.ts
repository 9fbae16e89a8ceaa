import { computed, type ComputedRef, reactive, type Ref, watch } from "vue";
import { useRoute, useRouter } from "vue-router";

import type { ApiProblem } from "@/api/problem";
import type { Page } from "@/api/types";
import { useLoad } from "@/composables/useLoad";

export type Query<Name extends string> = Partial<Record<Name, string>> & { page: number; page_size: number };

/** A filter that the API takes as a list of alternatives. */
export function oneOf<Value extends string>(chosen: string | undefined): Value[] | undefined {
  return chosen ? [chosen as Value] : undefined;
}

export interface List<Item, Name extends string> {
  rows: ComputedRef<Item[]>;
  count: ComputedRef<number>;
  filters: Record<Name, string>;
  page: ComputedRef<number>;
  pageSize: number;
  isFiltered: ComputedRef<boolean>;
  isLoading: Ref<boolean>;
  problem: Ref<ApiProblem | null>;
  load: () => Promise<void>;
  goTo: (page: number) => void;
  clear: () => void;
}

/** A filtered, paged list whose state lives in the address, so that it can be reloaded, shared and gone back to. */
export function useList<Item, Name extends string>(
  names: readonly Name[],
  fetch: (query: Query<Name>) => Promise<Page<Item>>,
  pageSize = 20,
): List<Item, Name> {
  const route = useRoute();
  const router = useRouter();
  const home = route.name;
  const filters = reactive(Object.fromEntries(names.map((name) => [name, ""]))) as Record<Name, string>;
  const page = computed(() => Math.max(1, Number(route.query.page) || 1));
  const isFiltered = computed(() => names.some((name) => filters[name]));

  function chosen(): Partial<Record<Name, string>> {
    return Object.fromEntries(names.filter((name) => filters[name]).map((name) => [name, filters[name]])) as never;
  }

  const { data, problem, isLoading, load } = useLoad(() =>
    fetch({ ...chosen(), page: page.value, page_size: pageSize }),
  );

  function goTo(wanted: number): void {
    void router.push({ query: { ...route.query, page: wanted > 1 ? String(wanted) : undefined } });
  }

  function clear(): void {
    for (const name of names) filters[name] = "";
  }

  watch(
    () => route.query,
    (query) => {
      if (route.name !== home) return;
      for (const name of names) filters[name] = typeof query[name] === "string" ? query[name] : "";
      void load();
    },
    { immediate: true },
  );
  watch(filters, () => {
    const query = chosen();
    if (names.every((name) => (query[name] ?? "") === (route.query[name] ?? ""))) return;
    const others = Object.fromEntries(Object.entries(route.query).filter(([key]) => !names.includes(key as Name)));
    void router.replace({ query: { ...others, ...query, page: undefined } });
  });

  return {
    rows: computed(() => data.value?.results ?? []),
    count: computed(() => data.value?.count ?? 0),
    filters,
    page,
    pageSize,
    isFiltered,
    isLoading,
    problem,
    load,
    goTo,
    clear,
  };
}
