import { type LocationQuery, useRoute, useRouter } from "vue-router";

import { auth, type AuthState } from "@/api/allauth";
import { safeNext } from "@/lib/paths";
import { useSession } from "@/stores/session";

/** The page of each step that may stand between a person and being signed in. */
const PAGES: Record<string, string> = {
  verify_email: "verify-email",
  verify_phone: "verify-phone",
  mfa_authenticate: "mfa",
  password_reset_by_code: "reset",
};

export interface AuthSteps {
  /** Goes on to wherever the state says: the next step, or the place the person came for. */
  proceed: (state: AuthState, remember?: LocationQuery) => Promise<void>;
}

export function useAuthSteps(): AuthSteps {
  const route = useRoute();
  const router = useRouter();
  const session = useSession();

  async function enter(): Promise<void> {
    await session.load();
    const next = safeNext(route.query.next);
    if (session.isStaff) window.location.assign(next ?? "/admin/");
    else await router.replace(next ?? { name: "home" });
  }

  async function proceed(state: AuthState, remember: LocationQuery = {}): Promise<void> {
    if (state.isAuthenticated) return enter();
    const pending = state.flows.filter((flow) => flow.is_pending).map((flow) => flow.id);
    if (pending.includes("mfa_trust")) return proceed(await auth.trust(false), remember);
    const page = pending.map((id) => PAGES[id]).find(Boolean);
    await router.push({ name: page ?? "sign-in", query: { ...route.query, ...remember } });
  }

  return { proceed };
}
