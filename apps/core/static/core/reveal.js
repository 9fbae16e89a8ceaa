// The eye beside a masked number: asks for the whole one, which leaves a trace, and hides it again.
(() => {
  const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-reveal]");
    if (!button) return;
    event.preventDefault();
    const shown = button.parentElement.querySelector("[data-secret]");
    if (button.dataset.masked) {
      shown.textContent = button.dataset.masked;
      delete button.dataset.masked;
      return;
    }
    button.disabled = true;
    try {
      const answer = await fetch(button.dataset.reveal, {
        method: "POST",
        headers: { "X-CSRFToken": token(), Accept: "application/json" },
      });
      const body = await answer.json();
      if (answer.ok) {
        button.dataset.masked = shown.textContent;
        shown.textContent = body.whole;
      } else {
        button.title = body.problem;
        shown.textContent = body.problem;
      }
    } catch {
      // The next click may do better.
    } finally {
      button.disabled = false;
    }
  });
})();
