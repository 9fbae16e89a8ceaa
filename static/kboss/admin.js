// Select2 names its box after what is chosen, so an empty one has no name. Its label always has.
(() => {
  const nameBoxes = () => {
    for (const box of document.querySelectorAll(".select2-selection[role=combobox]")) {
      const select = box.closest(".select2-container")?.previousElementSibling;
      const label = select?.labels?.[0];
      if (!label || box.dataset.named) continue;
      label.id ||= `${select.id}-label`;
      box.dataset.named = "yes";
      box.setAttribute("aria-labelledby", `${label.id} ${box.getAttribute("aria-labelledby") ?? ""}`.trim());
      box.querySelector(".select2-selection__rendered")?.setAttribute("aria-labelledby", label.id);
    }
  };
  document.addEventListener("DOMContentLoaded", () => {
    nameBoxes();
    // Boxes come when their script gets to them, and with each row that is added.
    new MutationObserver(nameBoxes).observe(document.body, { childList: true, subtree: true });
  });
})();
