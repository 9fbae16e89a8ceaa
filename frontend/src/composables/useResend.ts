import { computed, type ComputedRef, ref } from "vue";

import { useNow } from "@/composables/useNow";
import { type Submit, useSubmit } from "@/composables/useSubmit";

export interface Resend {
  /** Seconds until a code may be asked for again. */
  waits: ComputedRef<number>;
  sending: Submit<[]>;
}

/** Asking for another code, not more often than once a minute. */
export function useResend(send: () => Promise<unknown>, pauseSeconds = 60): Resend {
  const now = useNow();
  const allowedAt = ref(Date.now() + pauseSeconds * 1000);
  const waits = computed(() => Math.max(0, Math.ceil((allowedAt.value - now.value.getTime()) / 1000)));
  const sending = useSubmit(async () => {
    await send();
    allowedAt.value = Date.now() + pauseSeconds * 1000;
  });
  return { waits, sending };
}
