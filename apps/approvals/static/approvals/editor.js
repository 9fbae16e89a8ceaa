// The editor of a flow: add, move and remove steps; the drawing follows what is typed.
(() => {
  const form = document.querySelector("[data-editor]");
  if (!form) return;
  const nodes = form.querySelector("[data-nodes]");
  const total = form.querySelector("[name$=TOTAL_FORMS]");
  const drawing = form.querySelector("[data-drawing]");

  const alive = () => [...nodes.querySelectorAll("[data-node]")].filter((node) => !node.hidden);
  const number = () => alive().forEach((node, index) => (node.querySelector("[name$=-ORDER]").value = index + 1));
  // One empty row more than is filled in is enough.
  const showRows = (node) => {
    let isSpare = false;
    for (const row of node.querySelectorAll(".ka-condition")) {
      const isUsed = Boolean(row.querySelector("select").value);
      row.hidden = !isUsed && isSpare;
      isSpare ||= !isUsed;
    }
  };
  const showWhatApplies = (node) => {
    showRows(node);
    const chosen = [...node.querySelectorAll("[data-decides]")].flatMap((box) => [`${box.dataset.decides}=${box.value}`]);
    for (const part of node.querySelectorAll("[data-for]")) {
      part.hidden = !part.dataset.for.split(" ").some((wanted) => chosen.includes(wanted));
    }
  };

  let timer;
  const draw = () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const answer = await fetch(form.dataset.preview, { method: "POST", body: new FormData(form) });
      if (answer.ok) drawing.innerHTML = await answer.text();
    }, 350);
  };

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[type=button]");
    if (!button) return;
    const node = button.closest("[data-node]");
    if ("add" in button.dataset) {
      const text = form.querySelector("[data-empty]").innerHTML.replaceAll("__prefix__", total.value);
      nodes.insertAdjacentHTML("beforeend", text);
      total.value = Number(total.value) + 1;
      showWhatApplies(nodes.lastElementChild);
      nodes.lastElementChild.querySelector("details").open = true;
      nodes.lastElementChild.querySelector("input:not([type=hidden])").focus();
    } else if ("remove" in button.dataset) {
      node.querySelector("[name$=-DELETE]").checked = true;
      node.hidden = true;
    } else if ("up" in button.dataset) {
      const before = alive()[alive().indexOf(node) - 1];
      if (before) nodes.insertBefore(node, before);
    } else if ("down" in button.dataset) {
      const after = alive()[alive().indexOf(node) + 1];
      if (after) nodes.insertBefore(after, node);
    } else return;
    event.preventDefault();
    number();
    draw();
  });
  form.addEventListener("input", (event) => {
    const node = event.target.closest("[data-node]");
    if (node) {
      if (event.target.name.endsWith("-name")) node.querySelector("[data-title]").textContent = event.target.value;
      showWhatApplies(node);
    }
    draw();
  });
  alive().forEach(showWhatApplies);
  number();
})();
