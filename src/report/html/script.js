"use strict";
(() => {
  const rows = (table) => Array.from(table.tBodies[0].rows);
  const value = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.value ?? cell.textContent.trim();
  };

  // A heading that sorts is a button, so that it can be reached and pressed without a mouse.
  for (const table of document.querySelectorAll("table.sortable")) {
    const headings = Array.from(table.tHead.rows[0].cells);
    headings.forEach((heading, column) => {
      const kind = heading.dataset.sort;
      if (!kind) return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      heading.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const down = heading.getAttribute("aria-sort") === "ascending";
        for (const other of headings) if (other.dataset.sort) other.setAttribute("aria-sort", "none");
        heading.setAttribute("aria-sort", down ? "descending" : "ascending");
        const sorted = rows(table).sort((one, other) => {
          const a = value(one, column);
          const b = value(other, column);
          if (kind === "number") {
            // What is not known stands last, whichever way.
            const x = Number.parseFloat(a);
            const y = Number.parseFloat(b);
            if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
            return down ? y - x : x - y;
          }
          return (down ? -1 : 1) * a.localeCompare(b, "en", { numeric: true });
        });
        table.tBodies[0].append(...sorted);
      });
    });
  }

  for (const form of document.querySelectorAll("form.filter")) {
    const table = document.getElementById(form.dataset.for);
    const search = form.querySelector("input");
    const selects = Array.from(form.querySelectorAll("select"));
    const status = form.querySelector("[role=status]");
    const texts = new Map(rows(table).map((row) => [row, row.textContent.toLowerCase()]));
    const apply = () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const [row, text] of texts) {
        const fits =
          words.every((word) => text.includes(word)) &&
          selects.every((select) => !select.value || row.cells[Number(select.dataset.column)].dataset.key === select.value);
        row.hidden = !fits;
        if (fits) shown += 1;
      }
      status.textContent = `${shown} of ${texts.size} shown`;
    };
    form.hidden = false;
    form.addEventListener("input", apply);
    form.addEventListener("submit", (event) => event.preventDefault());
    apply();
  }

  // What is folded on the screen is printed.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = Array.from(document.querySelectorAll("details:not([open])"));
    for (const part of opened) part.open = true;
  });
  addEventListener("afterprint", () => {
    for (const part of opened) part.open = false;
  });
})();
