import { onScopeDispose, type Ref, ref } from "vue";

import type { ServerClock } from "@/lib/clock";

/** Milliseconds until a moment, renewed as each second begins; calls back once, when it has come. */
export function useCountdown(clock: ServerClock, moment: string, ended: () => void): Ref<number> {
  const left = ref(clock.until(moment));
  let timer: ReturnType<typeof setTimeout> | undefined;

  function tick(): void {
    left.value = clock.until(moment);
    if (left.value === 0) {
      ended();
      return;
    }
    timer = setTimeout(tick, left.value % 1000 || 1000);
  }

  if (left.value > 0) timer = setTimeout(tick, left.value % 1000 || 1000);
  onScopeDispose(() => clearTimeout(timer));
  return left;
}
