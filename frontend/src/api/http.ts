import { config } from "@/config";

/** The language of messages that come from the server; set by i18n. */
let language = "zh-hans";

export function speak(code: string): void {
  language = code;
}

const listeners = new Set<() => void>();

export function onSessionLost(listener: () => void): void {
  listeners.add(listener);
}

export function reportSessionLost(): void {
  listeners.forEach((listener) => listener());
}

function cookie(name: string): string {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

export function standardHeaders(method: string): Record<string, string> {
  const headers: Record<string, string> = { "Accept-Language": language };
  if (!["GET", "HEAD", "OPTIONS"].includes(method)) headers["X-CSRFToken"] = cookie(config.csrfCookie);
  return headers;
}
