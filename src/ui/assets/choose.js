// @ts-check
// Chooses all cells of a row, or all rows of a table, at once.

export function offerRows() {
  for (const all of document.querySelectorAll("[data-row], [data-all]")) {
    if (all instanceof HTMLElement) all.hidden = false;
  }
  document.addEventListener("change", (event) => {
    const all = event.target;
    if (!(all instanceof HTMLInputElement)) return;
    const part = "row" in all.dataset ? "tr" : "all" in all.dataset ? "table" : "";
    if (!part) return;
    for (const cell of all.closest(part)?.querySelectorAll("td input") ?? []) {
      if (cell instanceof HTMLInputElement) cell.checked = all.checked;
    }
  });
}
