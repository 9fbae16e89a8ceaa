// Live push in the admin: the bell's number, and pages that follow what they show (docs/live.md).
//
// <div data-live="order:12"> is fetched anew when order 12 moves; with data-live-page the whole
// content is, and with data-live-poll every few seconds where no event comes.
(() => {
  const SILENCE = 45000; // the server beats every 15 seconds
  const OUT_OF_SIGHT = 10000; // a page that nobody sees keeps no connection
  const POLL = 3000;
  const COUNT = 60000;
  const LONGEST_PAUSE = 60000;

  const start = (bell) => {
    const key = `kb-live-${bell.dataset.person}`; // each page goes on where the last one stopped
    let source = null;
    let isUp = false;
    let pause = 5000;
    let timer;
    let silence;

    // --- the bell ---------------------------------------------------------------------------------
    const ring = (number) => {
      const count = bell.querySelector(".kb-bell-count");
      count.textContent = number > 99 ? "99+" : String(number);
      count.hidden = number === 0;
      const label = number ? bell.dataset.unread.replace("{count}", number) : bell.dataset.label;
      bell.title = label;
      bell.setAttribute("aria-label", label);
    };
    const count = async () => {
      const answer = await fetch(bell.dataset.count, { headers: { Accept: "application/json" } }).catch(() => null);
      if (answer?.ok) ring((await answer.json()).unread);
    };

    // --- what the page shows ----------------------------------------------------------------------
    const shown = (name) => [...document.querySelectorAll(name ? `[data-live="${name}"]` : "[data-live]")];
    let isFetching = false;
    let isWantedAgain = false;
    const replace = (page) => {
      const places = shown();
      const isWhole = places.some((place) => "livePage" in place.dataset);
      const old = isWhole ? [document.querySelector("#content")] : places;
      const fresh = isWhole ? [page.querySelector("#content")] : [...page.querySelectorAll("[data-live]")];
      old.forEach((place, index) => {
        if (fresh[index]) place.replaceWith(document.adoptNode(fresh[index]));
      });
    };
    // What somebody has typed or opened is never thrown away.
    const isBusy = () => {
      const content = document.querySelector("#content");
      const active = document.activeElement;
      if (content?.querySelector("dialog[open]")) return true;
      if (content?.contains(active) && active.matches("input, textarea, select")) return true;
      return [...(content?.querySelectorAll("textarea, input:not([type=hidden])") ?? [])].some(
        (field) => field.value !== field.defaultValue || field.checked !== field.defaultChecked,
      );
    };
    const note = () => {
      document.querySelector(".kb-live-note")?.remove();
      if (!isWantedAgain) return;
      const bar = document.createElement("p");
      bar.className = "kb-live-note";
      bar.setAttribute("role", "status");
      const link = document.createElement("a");
      link.href = location.href;
      link.textContent = bell.dataset.reload;
      bar.append(`${bell.dataset.changed} `, link);
      document.querySelector("#content")?.before(bar);
    };
    const refresh = async () => {
      isWantedAgain = true;
      if (isFetching) return;
      isFetching = true;
      while (isWantedAgain && !isBusy()) {
        isWantedAgain = false;
        const answer = await fetch(location.href).catch(() => null);
        if (!answer?.ok || answer.redirected) break;
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        if (isBusy()) isWantedAgain = true;
        else replace(page);
      }
      isFetching = false;
      note();
    };
    document.addEventListener("focusout", () => isWantedAgain && setTimeout(() => isWantedAgain && refresh()));
    setInterval(() => {
      if (!document.hidden && document.querySelector("[data-live-poll]")) refresh();
    }, POLL);
    setInterval(() => {
      if (!document.hidden && !isUp) count();
    }, COUNT);

    // --- the stream -------------------------------------------------------------------------------
    const heard = (event) => {
      if (event.lastEventId) sessionStorage.setItem(key, event.lastEventId);
      clearTimeout(silence);
      silence = setTimeout(connect, SILENCE);
    };
    const moved = (topic) => (event) => {
      heard(event);
      if (shown(`${topic}:${JSON.parse(event.data).id}`).length) refresh();
    };
    const disconnect = () => {
      clearTimeout(timer);
      clearTimeout(silence);
      isUp = false;
      source?.close();
      source = null;
    };
    const connect = () => {
      disconnect();
      const last = sessionStorage.getItem(key);
      source = new EventSource(last ? `${bell.dataset.stream}?last_event_id=${encodeURIComponent(last)}` : bell.dataset.stream);
      source.addEventListener("ready", (event) => {
        heard(event);
        isUp = true;
        pause = 5000;
      });
      source.addEventListener("beat", heard);
      source.addEventListener("reset", (event) => {
        heard(event);
        count();
        if (shown().length) refresh();
      });
      source.addEventListener("inbox", (event) => {
        heard(event);
        ring(JSON.parse(event.data).unread);
      });
      const topics = new Set(shown().map((place) => place.dataset.live.split(":")[0]));
      for (const topic of topics) source.addEventListener(topic, moved(topic));
      source.addEventListener("error", () => {
        isUp = false;
        if (source?.readyState !== EventSource.CLOSED) return; // the browser comes back by itself
        disconnect();
        timer = setTimeout(connect, pause * (0.75 + Math.random() / 2));
        pause = Math.min(pause * 2, LONGEST_PAUSE);
      });
    };
    document.addEventListener("visibilitychange", () => {
      clearTimeout(timer);
      if (document.hidden) timer = setTimeout(disconnect, OUT_OF_SIGHT);
      else if (!source) connect();
    });
    addEventListener("pagehide", disconnect);
    addEventListener("pageshow", (event) => event.persisted && connect());
    count();
    connect();
  };

  document.addEventListener("DOMContentLoaded", () => {
    const bell = document.querySelector("#kb-bell");
    if (bell) start(bell);
  });
})();
