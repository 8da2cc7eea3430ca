// @ts-check
// Keys: what a mouse does, without one.

/** @param {EventTarget | null} target @returns {boolean} */
function isTyping(target) {
  return target instanceof HTMLElement && target.matches("input, select, textarea, [contenteditable]");
}

/** The row that is chosen. @type {HTMLElement | null} */
let chosen = null;

/** @param {number} by */
function choose(by) {
  const rows = [...document.querySelectorAll("table.jobs tbody tr")].filter((row) => row instanceof HTMLElement);
  if (rows.length === 0) return;
  const at = chosen ? rows.indexOf(chosen) : -1;
  const next = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
  chosen?.removeAttribute("aria-selected");
  chosen = next ?? null;
  chosen?.setAttribute("aria-selected", "true");
  chosen?.querySelector("a")?.focus({ preventScroll: true });
  chosen?.scrollIntoView({ block: "nearest" });
}

/** @param {string} selector @returns {boolean} Whether there is something to press. */
function press(selector) {
  const element = document.querySelector(selector);
  if (!(element instanceof HTMLElement)) return false;
  element.click();
  return true;
}

/** @param {KeyboardEvent} event @param {string} before @returns {boolean} Whether the key means something. */
function act(event, before) {
  const keys = document.querySelector("#keys");
  switch (before + event.key) {
    case "/": {
      const field = document.querySelector("main input[type=search]") ?? document.querySelector("#find");
      if (field instanceof HTMLInputElement) field.select();
      return true;
    }
    case "j":
      choose(1);
      return true;
    case "k":
      choose(-1);
      return true;
    case "x": {
      const pick = chosen?.querySelector(".pick input");
      if (pick instanceof HTMLInputElement) pick.click();
      return true;
    }
    case "r":
      press("[data-action=rerun]");
      return true;
    case "f":
      press("#follow");
      return true;
    case "e":
      press("[data-key=e]");
      return true;
    case "?":
      if (keys instanceof HTMLDialogElement && !keys.open) keys.showModal();
      return true;
    default:
      if (/^[1-9]$/.test(event.key)) return press(`[data-key="${event.key}"]`);
      return before === "g" && /^[a-z]$/.test(event.key) && press(`.nav [data-go=${event.key}]`);
  }
}

export function listenToKeys() {
  let before = "";
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target)) {
      if (event.key === "Escape" && event.target instanceof HTMLElement) event.target.blur();
      return;
    }
    const first = before;
    before = event.key === "g" ? "g" : "";
    if (act(event, first)) event.preventDefault();
  });
  const button = document.querySelector("#show-keys");
  const keys = document.querySelector("#keys");
  if (button instanceof HTMLElement && keys instanceof HTMLDialogElement) {
    button.hidden = false;
    button.addEventListener("click", () => keys.showModal());
  }
}

/** Buttons that cannot be taken back ask first. */
export function askFirst() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const question = form instanceof HTMLFormElement ? form.dataset.ask : undefined;
    if (question && !confirm(question)) event.preventDefault();
  });
}
