import { defineStore } from "pinia";
import { computed, ref } from "vue";

import { auth } from "@/api/allauth";
import { api, take } from "@/api/client";
import { type ApiProblem, asProblem } from "@/api/problem";
import type { Me } from "@/api/types";
import { adoptLanguage } from "@/i18n";
import type { Permission } from "@/lib/permissions";

/** Who is signed in. `me` is null for a visitor; before `load` it is not known. */
export const useSession = defineStore("session", () => {
  const me = ref<Me | null>(null);
  const isKnown = ref(false);
  /** Why it could not be found out who is here. */
  const problem = ref<ApiProblem | null>(null);
  const isStaff = computed(() => me.value?.kind.toUpperCase() === "STAFF");

  /** Whether the person's roles allow something; the server decides, this hides what it would refuse. */
  function may(permission: Permission): boolean {
    return me.value?.permissions.includes(permission) ?? false;
  }

  async function load(): Promise<void> {
    problem.value = null;
    try {
      const state = await auth.session();
      me.value = state.isAuthenticated ? await take(api.GET("/api/v1/me/")) : null;
    } catch (thrown) {
      me.value = null;
      problem.value = asProblem(thrown);
      if (!problem.value.isSessionLost) return;
      problem.value = null;
    }
    isKnown.value = true;
    if (me.value) await adoptLanguage(me.value.language);
  }

  async function refresh(): Promise<void> {
    me.value = await take(api.GET("/api/v1/me/"));
  }

  async function signOut(): Promise<void> {
    await auth.signOut();
    forget();
  }

  function forget(): void {
    me.value = null;
    isKnown.value = true;
  }

  return { me, isKnown, problem, isStaff, may, load, refresh, signOut, forget };
});
