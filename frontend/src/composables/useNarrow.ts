import { onScopeDispose, type Ref, ref } from "vue";

/** True on a phone; the same width as the media queries in styles/. */
export function useNarrow(): Ref<boolean> {
  const media = window.matchMedia("(max-width: 767px)");
  const isNarrow = ref(media.matches);
  const follow = (event: MediaQueryListEvent) => (isNarrow.value = event.matches);
  media.addEventListener("change", follow);
  onScopeDispose(() => media.removeEventListener("change", follow));
  return isNarrow;
}
