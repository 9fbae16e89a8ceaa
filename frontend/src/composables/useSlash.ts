import { onMounted, onUnmounted } from "vue";

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** "/" puts the cursor into the page's search field. */
export function useSlash(): void {
  function focusSearch(event: KeyboardEvent): void {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || isTyping(event.target)) return;
    const field = document.querySelector<HTMLInputElement>("main input[type=search], main [data-search] input");
    if (!field) return;
    event.preventDefault();
    field.focus();
  }

  onMounted(() => window.addEventListener("keydown", focusSearch));
  onUnmounted(() => window.removeEventListener("keydown", focusSearch));
}
