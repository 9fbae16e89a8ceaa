import { defineStore } from "pinia";
import { ref } from "vue";

import { REAUTHENTICATION_REQUIRED } from "@/api/allauth";
import { ApiProblem } from "@/api/problem";

const STEP_UP_REQUIRED = "rbac.step_up_required";

/** Deeds that ask once more whether it is you: the dialog opens, and the deed is done after the right answer. */
export const useReauthentication = defineStore("reauthentication", () => {
  const isOpen = ref(false);
  const ways = ref<string[]>([]);
  let settle: ((isConfirmed: boolean) => void) | null = null;

  function ask(allowed: string[]): Promise<boolean> {
    ways.value = allowed.length ? allowed : ["totp", "recovery_codes"];
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
      if (!(thrown instanceof ApiProblem) || ![REAUTHENTICATION_REQUIRED, STEP_UP_REQUIRED].includes(thrown.code)) throw thrown;
      if (!(await ask(thrown.ways))) throw thrown;
      return deed();
    }
  }

  return { isOpen, ways, answer, guard };
});
