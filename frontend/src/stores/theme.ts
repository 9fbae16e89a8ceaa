import { defineStore } from "pinia";
import { ref, watchEffect } from "vue";

const STORED = "kboss.theme";

export const useTheme = defineStore("theme", () => {
  const stored = localStorage.getItem(STORED);
  const isDark = ref(stored ? stored === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches);

  watchEffect(() => document.documentElement.classList.toggle("dark", isDark.value));

  function toggle(): void {
    isDark.value = !isDark.value;
    localStorage.setItem(STORED, isDark.value ? "dark" : "light");
  }

  return { isDark, toggle };
});
