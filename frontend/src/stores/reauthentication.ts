import { defineStore } from "pinia";
import { ref } from "vue";

import { REAUTHENTICATION_REQUIRED } from "@/api/allauth";
import { ApiProblem } from "@/api/problem";

/** Deeds that ask for the password once more: the dialog opens, and the deed is done after it was right. */
export const useReauthentication = defineStore("reauthentication", () => {
  const isOpen = ref(false);
  let settle: ((isConfirmed: boolean) => void) | null = null;

  function ask(): Promise<boolean> {
    isOpen.value = true;
    return new Promise((resolve) => (settle = resolve));
  }

  function answer(isConfirmed: boolean): void {
    isOpen.value = false;
    settle?.(isConfirmed);
    settle = null;
  }

  async function guard<Result>(deed: () => Promise<Result>): Promise<Result> {
    try {
      return await deed();
    } catch (thrown) {
      const isAsked = thrown instanceof ApiProblem && thrown.code === REAUTHENTICATION_REQUIRED;
      if (!isAsked || !(await ask())) throw thrown;
      return deed();
    }
  }

  return { isOpen, answer, guard };
});
