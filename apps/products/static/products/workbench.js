// Shows what the customer would pay while the basket is filled.
(() => {
  const form = document.querySelector("form[data-preview]");
  const place = document.querySelector(".kw-preview");
  if (!form || !place) return;
  let timer = 0;
  let asked = 0;
  const show = async () => {
    const values = new FormData(form);
    const hasSku = [...values.keys()].some((name) => name.startsWith("sku_") && values.get(name));
    if (!values.get("customer") || !hasSku) return;
    asked += 1;
    const turn = asked;
    try {
      const answer = await fetch(form.dataset.preview, { method: "POST", body: values });
      if (!answer.ok) throw new Error(String(answer.status));
      const text = await answer.text();
      if (turn === asked) place.innerHTML = text;
    } catch {
      // The next change asks again.
    }
  };
  const soon = () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(show, 250);
  };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  place.addEventListener("change", soon); // the rule that is asked about
  const jquery = window.django && window.django.jQuery;
  if (jquery) jquery(form).on("change", "select", soon);
  soon();
})();
