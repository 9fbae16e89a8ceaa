/** A place on this site to go to after signing in, or null for anything that leads elsewhere. */
export function safeNext(next: unknown): string | null {
  if (typeof next !== "string" || !next.startsWith("/") || /^\/[/\\]/.test(next)) return null;
  return new URL(next, window.location.origin).origin === window.location.origin ? next : null;
}
