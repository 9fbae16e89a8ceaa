import { computed, type ComputedRef, type Ref, ref } from "vue";

import { type ApiProblem, asProblem, type FieldError } from "@/api/problem";

export interface Submit<Arguments extends unknown[]> {
  isBusy: Ref<boolean>;
  problem: Ref<ApiProblem | null>;
  /** Messages by field, to be shown beside it. */
  fieldErrors: ComputedRef<Record<string, string>>;
  run: (...given: Arguments) => Promise<boolean>;
  clear: () => void;
}

function byField(errors: FieldError[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { field, detail } of errors) found[field] = found[field] ? `${found[field]} ${detail}` : detail;
  return found;
}

/** A deed of the person: runs once at a time and keeps what went wrong. Answers whether it succeeded. */
export function useSubmit<Arguments extends unknown[]>(
  deed: (...given: Arguments) => Promise<unknown>,
): Submit<Arguments> {
  const isBusy = ref(false);
  const problem = ref<ApiProblem | null>(null);
  const fieldErrors = computed(() => byField(problem.value?.errors ?? []));

  async function run(...given: Arguments): Promise<boolean> {
    if (isBusy.value) return false;
    isBusy.value = true;
    problem.value = null;
    try {
      await deed(...given);
      return true;
    } catch (thrown) {
      problem.value = asProblem(thrown);
      return false;
    } finally {
      isBusy.value = false;
    }
  }

  function clear(): void {
    problem.value = null;
  }

  return { isBusy, problem, fieldErrors, run, clear };
}
