// @ts-check
// Copies the line beside a button.

export function offerCopies() {
  // Browsers give the clipboard to pages of https and of this machine only.
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("[data-copy]")) {
    if (!(button instanceof HTMLElement)) continue;
    button.hidden = false;
    button.addEventListener("click", () => {
      const line = button.parentElement?.querySelector("code")?.textContent ?? "";
      void navigator.clipboard.writeText(line);
    });
  }
}
