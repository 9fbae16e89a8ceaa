// Opens the form of a verb; sees a change made elsewhere and says so instead of losing what is being typed.
(() => {
  for (const button of document.querySelectorAll("[data-opens]")) {
    button.addEventListener("click", () => {
      button.closest("details")?.removeAttribute("open");
      document.getElementById(button.dataset.opens)?.showModal();
    });
  }
  for (const button of document.querySelectorAll("[data-closes]")) {
    button.addEventListener("click", () => button.closest("dialog").close());
  }
  for (const form of document.querySelectorAll(".ka-dialog form")) {
    form.addEventListener("submit", () => {
      for (const button of form.querySelectorAll("button:not([type=button])")) button.disabled = true;
    });
  }
  const head = document.querySelector("[data-live=approval]");
  if (!head) return;
  const look = async () => {
    if (document.hidden) return;
    const answer = await fetch("state/", { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const { stamp } = await answer.json();
    if (stamp === head.dataset.status) return;
    const isTyping = document.querySelector("dialog[open]") || [...document.querySelectorAll("textarea")].some((area) => area.value);
    if (!isTyping) location.reload();
  };
  setInterval(() => look().catch(() => undefined), 5000);
  document.addEventListener("kboss:live", (event) => {
    if (event.detail?.topic === "approval" && String(event.detail.data?.id) === head.dataset.id) look().catch(() => undefined);
  });
})();
