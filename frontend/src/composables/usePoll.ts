import { onScopeDispose } from "vue";

/** Repeats `look` until it answers false; rests while the page is hidden, and stops with its page. */
export function usePoll(look: () => Promise<boolean>, everyMilliseconds = 1500): { start: () => void; stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isRunning = false;

  async function tick(): Promise<void> {
    const goesOn = document.hidden || (await look());
    if (isRunning && goesOn) timer = setTimeout(() => void tick(), everyMilliseconds);
    else isRunning = false;
  }

  function start(): void {
    if (isRunning) return;
    isRunning = true;
    timer = setTimeout(() => void tick(), everyMilliseconds);
  }

  function stop(): void {
    isRunning = false;
    clearTimeout(timer);
  }

  onScopeDispose(stop);
  return { start, stop };
}
