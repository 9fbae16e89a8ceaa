// Opens the form of a verb. The page itself follows the approval by live push (kboss/live.js); where no event comes, it
// looks every quarter of a minute, and never throws away what is being typed.
(() => {
  const EVERY = 15000;

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) {
      opener.closest("details")?.removeAttribute("open");
      document.getElementById(opener.dataset.opens)?.showModal();
    }
    const closer = event.target.closest("[data-closes]");
    if (closer) closer.closest("dialog").close();
    for (const menu of document.querySelectorAll("details.ka-more[open]")) {
      if (!menu.contains(event.target)) menu.removeAttribute("open");
    }
  });
  document.addEventListener("submit", (event) => {
    // A second click would only be told that the first one was faster.
    for (const button of event.target.querySelectorAll(".ka-button:not([type=button])")) button.disabled = true;
  });

  const isBusy = () =>
    document.querySelector("dialog[open]") || [...document.querySelectorAll(".ka-page textarea")].some((area) => area.value);
  const look = async () => {
    const head = document.querySelector("[data-stamp]");
    if (!head || document.hidden || isBusy()) return;
    const answer = await fetch(head.dataset.state, { headers: { Accept: "application/json" } }).catch(() => null);
    if (answer?.ok && (await answer.json()).stamp !== head.dataset.stamp) await renew();
  };
  const renew = async () => {
    const answer = await fetch(location.href).catch(() => null);
    if (!answer?.ok || answer.redirected || isBusy()) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.querySelector("#content").replaceWith(document.adoptNode(page.querySelector("#content")));
  };
  setInterval(look, EVERY);
})();
