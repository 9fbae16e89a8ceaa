// Follows a running job and shows its result when it is over.
(() => {
  const page = document.querySelector("[data-progress]");
  if (!page || !page.dataset.progress) return;
  const bar = page.querySelector("progress");
  const follow = async () => {
    try {
      const answer = await fetch(page.dataset.progress, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const state = await answer.json();
      bar.value = state.percent;
      for (const figure of page.querySelectorAll("[data-of]")) {
        figure.textContent = state[figure.dataset.of];
      }
      if (!state.is_running) {
        window.location.reload();
        return;
      }
    } catch {
      // The next try may do better.
    }
    window.setTimeout(follow, 1500);
  };
  follow();
})();
