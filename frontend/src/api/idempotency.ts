/**
 * Keys for calls that move money. A key belongs to one intent (what is done, with which body): pressing again, or
 * trying again after a lost answer or a reload, sends the same key, so the server acts once. Only a definite answer ends it.
 */
export interface KeyStore {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
}

export class IntentKeys {
  constructor(private readonly store: KeyStore = window.sessionStorage) {}

  for(action: string, body: unknown): string {
    const name = this.nameOf(action, body);
    const kept = this.store.getItem(name);
    if (kept) return kept;
    const key = newKey();
    this.store.setItem(name, key);
    return key;
  }

  settle(action: string, body: unknown): void {
    this.store.removeItem(this.nameOf(action, body));
  }

  private nameOf(action: string, body: unknown): string {
    return `kboss.intent:${action}:${JSON.stringify(body ?? null)}`;
  }
}

/** A random UUID; crypto.randomUUID exists on secure origins only. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}
