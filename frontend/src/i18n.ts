import { createI18n } from "vue-i18n";

import { speak } from "@/api/http";

export const languages = ["zh-CN", "en"] as const;
export type Language = (typeof languages)[number];

const STORED = "kboss.language";
const loaders = import.meta.glob<Record<string, unknown>>("./locales/*/*.json", { import: "default" });

export const i18n = createI18n({ legacy: false, locale: "zh-CN", fallbackLocale: "zh-CN", messages: {} });

export function isLanguage(code: unknown): code is Language {
  return languages.includes(code as Language);
}

function chosen(): Language | null {
  const stored = localStorage.getItem(STORED);
  return isLanguage(stored) ? stored : null;
}

function preferred(): Language {
  const stored = chosen();
  if (stored) return stored;
  return navigator.languages.some((code) => code.startsWith("zh")) || !navigator.language.startsWith("en") ? "zh-CN" : "en";
}

async function messagesOf(language: Language): Promise<Record<string, unknown>> {
  const wanted = Object.entries(loaders).filter(([path]) => path.includes(`/${language}/`));
  const sections = await Promise.all(
    wanted.map(async ([path, load]) => [path.replace(/^.*\/(.*)\.json$/, "$1"), await load()] as const),
  );
  return Object.fromEntries(sections);
}

export async function useLanguage(language: Language = preferred()): Promise<void> {
  if (!i18n.global.availableLocales.includes(language as never)) {
    i18n.global.setLocaleMessage(language, (await messagesOf(language)) as never);
  }
  i18n.global.locale.value = language as never;
  document.documentElement.lang = language;
  speak(language === "zh-CN" ? "zh-hans" : "en");
}

/** The person's own choice: kept in this browser. */
export async function chooseLanguage(language: Language): Promise<void> {
  localStorage.setItem(STORED, language);
  await useLanguage(language);
}

/** The language of the account, where nothing was chosen in this browser. */
export async function adoptLanguage(ofAccount: string): Promise<void> {
  if (!chosen()) await useLanguage(ofAccount.startsWith("en") ? "en" : "zh-CN");
}
