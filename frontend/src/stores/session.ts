import { defineStore } from "pinia";
import { computed, ref } from "vue";

import { auth } from "@/api/allauth";
import { api, take } from "@/api/client";
import { ApiProblem } from "@/api/problem";
import type { Me } from "@/api/types";
import type { Permission } from "@/lib/permissions";

/** Who is signed in. `me` is null for a visitor; before `load` it is not known. */
export const useSession = defineStore("session", () => {
  const me = ref<Me | null>(null);
  const isKnown = ref(false);
  const isStaff = computed(() => me.value?.kind.toUpperCase() === "STAFF");

  /** Whether the person's roles allow something; the server decides, this hides what it would refuse. */
  function may(permission: Permission): boolean {
    return me.value?.permissions.includes(permission) ?? false;
  }

  async function load(): Promise<void> {
    try {
      const state = await auth.session();
      me.value = state.isAuthenticated ? await take(api.GET("/api/v1/me/")) : null;
    } catch (thrown) {
      if (!(thrown instanceof ApiProblem) || !thrown.isSessionLost) throw thrown;
      me.value = null;
    }
    isKnown.value = true;
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

  return { me, isKnown, isStaff, may, load, refresh, signOut, forget };
});
