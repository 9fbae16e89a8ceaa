import { type Ref, ref, shallowRef } from "vue";

import { type ApiProblem, asProblem } from "@/api/problem";

export interface Load<Data> {
  data: Ref<Data | null>;
  problem: Ref<ApiProblem | null>;
  isLoading: Ref<boolean>;
  load: () => Promise<void>;
}

/** One thing that a page shows: loads it, keeps the old one while loading anew, and ignores answers that come too late. */
export function useLoad<Data>(fetch: () => Promise<Data>): Load<Data> {
  const data = shallowRef<Data | null>(null);
  const problem = ref<ApiProblem | null>(null);
  const isLoading = ref(false);
  let turn = 0;

  async function load(): Promise<void> {
    const mine = ++turn;
    isLoading.value = true;
    try {
      const fresh = await fetch();
      if (mine !== turn) return;
      data.value = fresh;
      problem.value = null;
    } catch (thrown) {
      if (mine === turn) problem.value = asProblem(thrown);
    } finally {
      if (mine === turn) isLoading.value = false;
    }
  }

  return { data, problem, isLoading, load };
}
