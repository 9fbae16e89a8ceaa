import { onScopeDispose, readonly, ref, type Ref } from "vue";

/** What a page does with news: `null` means that something may have been missed, so look again. */
export type Handler<Data> = (data: Data | null) => void;

const ADDRESS = "/api/v1/live/";
/** The server beats every 15 seconds; three that are missing mean a connection that only looks open. */
const SILENCE = 45_000;
/** A page that nobody sees keeps no connection: browsers allow a site six of them over HTTP/1. */
const OUT_OF_SIGHT = 10_000;
const FIRST_PAUSE = 5000;
const LONGEST_PAUSE = 60_000;

const handlers = new Map<string, Set<Handler<unknown>>>();
const isUp = ref(false);
let source: EventSource | null = null;
let isWanted = false;
/** The id of the last event: what comes after it is replayed when we come back. */
let last = "";
let pause = FIRST_PAUSE;
let timer: ReturnType<typeof setTimeout> | undefined;
let silence: ReturnType<typeof setTimeout> | undefined;

function tellOfGap(): void {
  for (const topic of handlers.values()) for (const handler of [...topic]) handler(null);
}

function tell(topic: string, event: MessageEvent<string>): void {
  const data: unknown = JSON.parse(event.data);
  for (const handler of [...(handlers.get(topic) ?? [])]) handler(data);
}

function heard(event: MessageEvent<string>): void {
  last = event.lastEventId || last;
  clearTimeout(silence);
  silence = setTimeout(reconnect, SILENCE);
}

function listen(topic: string): void {
  source?.addEventListener(topic, (event: MessageEvent<string>) => {
    heard(event);
    tell(topic, event);
  });
}

function connect(): void {
  disconnect();
  if (!isWanted || typeof EventSource === "undefined") return;
  let hasGap = !last;
  source = new EventSource(last ? `${ADDRESS}?last_event_id=${encodeURIComponent(last)}` : ADDRESS);
  source.addEventListener("ready", (event: MessageEvent<string>) => {
    heard(event);
    pause = FIRST_PAUSE;
    // Whoever was here before the stream stood may have read what is old by now.
    if (hasGap) tellOfGap();
    hasGap = false;
    isUp.value = true;
  });
  source.addEventListener("beat", heard);
  source.addEventListener("reset", (event: MessageEvent<string>) => {
    heard(event);
    tellOfGap();
  });
  source.addEventListener("error", lost);
  for (const topic of handlers.keys()) listen(topic);
}

/** The browser comes back by itself, unless it was refused. */
function lost(): void {
  isUp.value = false;
  if (source?.readyState !== EventSource.CLOSED) return;
  disconnect();
  timer = setTimeout(connect, pause * (0.75 + Math.random() / 2));
  pause = Math.min(pause * 2, LONGEST_PAUSE);
}

function reconnect(): void {
  isUp.value = false;
  connect();
}

function disconnect(): void {
  clearTimeout(timer);
  clearTimeout(silence);
  isUp.value = false;
  source?.close();
  source = null;
}

function watchSight(): void {
  if (document.hidden) {
    clearTimeout(timer);
    timer = setTimeout(disconnect, OUT_OF_SIGHT);
  } else if (source) clearTimeout(timer);
  else connect();
}

/** Opens the stream of the person who has signed in. */
export function openLive(): void {
  if (isWanted) return;
  isWanted = true;
  document.addEventListener("visibilitychange", watchSight);
  connect();
}

/** Closes it with the session: the next person has news of his own. */
export function closeLive(): void {
  isWanted = false;
  last = "";
  pause = FIRST_PAUSE;
  document.removeEventListener("visibilitychange", watchSight);
  disconnect();
}

/**
 * Calls `handler` for each event of `topic` while the component lives.
 *
 * `isUp` is false while the stream does not stand: pages that can't wait look by themselves then.
 */
export function useLive<Data>(topic: string, handler: Handler<Data>): { isUp: Readonly<Ref<boolean>> } {
  const mine = handler as Handler<unknown>;
  const known = handlers.get(topic);
  if (known) known.add(mine);
  else {
    handlers.set(topic, new Set([mine]));
    listen(topic);
  }
  onScopeDispose(() => handlers.get(topic)?.delete(mine));
  return { isUp: readonly(isUp) };
}

/** One call at a time: whatever happens during one is covered by one more after it. */
export function oneAtATime(load: () => Promise<unknown>): () => void {
  let isRunning = false;
  let isWantedAgain = false;

  async function run(): Promise<void> {
    isRunning = true;
    do {
      isWantedAgain = false;
      await load();
    } while (isWantedAgain);
    isRunning = false;
  }

  return () => {
    isWantedAgain = true;
    if (!isRunning) void run().catch(() => (isRunning = false));
  };
}
