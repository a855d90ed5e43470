// Filters, and the reasons of a block on hover and focus. Without it the page shows everything.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const form = $("filters");
  if (!form) return;
  const blocks = [...document.querySelectorAll(".b[data-p]")];
  const articles = [...document.querySelectorAll("article[data-outlet]")];

  const fill = (id, values) => {
    for (const value of [...new Set(values)].sort()) {
      const option = document.createElement("option");
      option.value = option.textContent = value;
      $(id).append(option);
    }
  };
  fill("reason", blocks.map((block) => block.dataset.r).filter(Boolean));
  fill("outlet", articles.map((article) => article.dataset.outlet));

  const apply = () => {
    document.body.classList.toggle("no-kept", !$("kept").checked);
    document.body.classList.toggle("no-dropped", !$("dropped").checked);
    document.body.classList.toggle("only-uncertain", $("uncertain").checked);
    const reason = $("reason").value, outlet = $("outlet").value;
    for (const block of blocks) block.classList.toggle("out", reason !== "" && block.dataset.r !== reason);
    for (const article of articles) article.classList.toggle("out", outlet !== "" && article.dataset.outlet !== outlet);
  };
  form.addEventListener("change", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  // A browser that comes back to the page keeps what was ticked.
  apply();

  const tip = $("tip");
  const columns = [...$("columns").children].map((item) => item.textContent);
  const row = (...cells) => {
    const made = document.createElement("tr");
    for (const text of cells) {
      const cell = document.createElement("td");
      cell.textContent = text;
      made.append(cell);
    }
    return made;
  };
  const show = (block) => {
    const table = document.createElement("table");
    table.append(row(`P(content) ${block.dataset.p}`, block.classList.contains("k") ? "kept" : "dropped"));
    for (const reason of block.dataset.w.split(" ").filter(Boolean)) {
      const [column, size] = reason.split(":");
      table.append(row(columns[Number(column)], size));
    }
    tip.replaceChildren(table);
    tip.hidden = false;
    const box = block.getBoundingClientRect();
    const below = box.bottom + 4 + tip.offsetHeight < innerHeight;
    tip.style.top = `${below ? box.bottom + 4 : Math.max(0, box.top - tip.offsetHeight - 4)}px`;
    tip.style.left = `${Math.max(4, Math.min(box.left + 12, innerWidth - tip.offsetWidth - 4))}px`;
    block.setAttribute("aria-describedby", "tip");
  };
  const hide = () => { tip.hidden = true; };
  const over = (event) => {
    const block = event.target.closest?.(".b[data-w]");
    if (block) show(block);
    else hide();
  };
  document.addEventListener("mouseover", over);
  document.addEventListener("focusin", over);
  document.addEventListener("focusout", hide);
  document.addEventListener("scroll", hide, { passive: true });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
})();
