import { onScopeDispose, type Ref, ref, watch } from "vue";

/** What is typed into a search field; becomes the filter when the typing rests. */
export function useSearch(filters: { search?: string }, restMilliseconds = 300): Ref<string> {
  const typed = ref(filters.search ?? "");
  let timer: ReturnType<typeof setTimeout> | undefined;

  watch(typed, (text) => {
    clearTimeout(timer);
    timer = setTimeout(() => (filters.search = text.trim()), restMilliseconds);
  });
  watch(
    () => filters.search,
    (wanted) => {
      if (typed.value.trim() !== (wanted ?? "")) typed.value = wanted ?? "";
    },
  );
  onScopeDispose(() => clearTimeout(timer));
  return typed;
}
