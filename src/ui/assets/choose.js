// @ts-check
// Chooses all cells of a row at once.

export function offerRows() {
  for (const all of document.querySelectorAll("[data-row]")) {
    if (all instanceof HTMLElement) all.hidden = false;
  }
  document.addEventListener("change", (event) => {
    const all = event.target;
    if (!(all instanceof HTMLInputElement) || !("row" in all.dataset)) return;
    for (const cell of all.closest("tr")?.querySelectorAll("td input") ?? []) {
      if (cell instanceof HTMLInputElement) cell.checked = all.checked;
    }
  });
}
