import { watch } from "vue";
import { createRouter, createWebHistory, type RouteLocationNormalized, type RouteLocationRaw, type Router } from "vue-router";

import { onSessionLost } from "@/api/http";
import { i18n } from "@/i18n";
import { safeNext } from "@/lib/paths";
import { routes } from "@/router/routes";
import { useCart } from "@/stores/cart";
import { useFavorites } from "@/stores/favorites";
import { useSession } from "@/stores/session";
import { useWallet } from "@/stores/wallet";

function signInThenBack(to: RouteLocationNormalized): RouteLocationRaw {
  return { name: "sign-in", query: to.fullPath === "/" ? {} : { next: to.fullPath } };
}

/** Staff work in the admin; this site is the customers'. */
function leaveFor(place: string): false {
  window.location.assign(place);
  return false;
}

async function guard(to: RouteLocationNormalized): Promise<RouteLocationRaw | boolean> {
  const session = useSession();
  if (!session.isKnown) await session.load();
  if (session.problem) return true; // App.vue says so and offers to try again
  if (!session.me) return to.meta.isPublic ? true : signInThenBack(to);
  if (session.isStaff) return leaveFor(safeNext(to.query.next) ?? "/admin/");
  return to.meta.isPublic ? (safeNext(to.query.next) ?? { name: "home" }) : true;
}

function watchTitle(router: Router): void {
  watch(
    [() => router.currentRoute.value.meta.title, i18n.global.locale],
    ([title]) => (document.title = title ? `${i18n.global.t(title)} · Kboss` : "Kboss"),
    { immediate: true },
  );
}

export function createPortalRouter(): Router {
  const router = createRouter({
    history: createWebHistory("/"),
    routes,
    scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
  });
  router.beforeEach(guard);
  // A page of an older build that is gone: the new build has it.
  router.onError((error: Error, to) => {
    if (/dynamically imported module|Importing a module script failed/.test(error.message)) window.location.assign(to.fullPath);
    else throw error;
  });
  watchTitle(router);
  onSessionLost(() => {
    const here = router.currentRoute.value;
    useSession().forget();
    useWallet().forget();
    useCart().forget();
    useFavorites().forget();
    if (!here.meta.isPublic) void router.replace(signInThenBack(here));
  });
  return router;
}
