import { onScopeDispose, type Ref, ref } from "vue";

/** The present moment, renewed every second while the component lives. */
export function useNow(): Ref<Date> {
  const now = ref(new Date());
  const timer = setInterval(() => (now.value = new Date()), 1000);
  onScopeDispose(() => clearInterval(timer));
  return now;
}
