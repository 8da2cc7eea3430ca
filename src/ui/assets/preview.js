// @ts-check
// Shows what a file and a text make of each other while somebody types: the form is sent again, and the
// parts of the page that say so are put in the place of those that are shown.

const PAUSE_MS = 500;

/** Moves the caret to the place that a link names. @param {HTMLTextAreaElement} text */
function followPlaces(text) {
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("[data-line]") : null;
    if (!(link instanceof HTMLElement)) return;
    event.preventDefault();
    const line = Number(link.dataset.line) - 1;
    const lines = text.value.split("\n");
    const before = lines.slice(0, line).reduce((sum, one) => sum + one.length + 1, 0);
    // Places count characters; what lies outside of the first plane is two units here.
    const inLine = [...(lines[line] ?? "")].slice(0, Number(link.dataset.column) - 1).join("");
    const at = before + inLine.length;
    text.focus();
    text.setSelectionRange(at, at);
    text.scrollTop = (text.scrollHeight / Math.max(1, lines.length)) * Math.max(0, line - 3);
  });
}

/** @param {Element} part @param {Element} fresh */
function replace(part, fresh) {
  if (part.innerHTML === fresh.innerHTML) return;
  const scrolled = [...part.querySelectorAll(".scroll")].map((one) => [one.scrollLeft, one.scrollTop]);
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  // The part itself stays: what reads pages out listens to some.
  part.replaceChildren(...document.importNode(fresh, true).childNodes);
  part.toggleAttribute("data-none", fresh.hasAttribute("data-none"));
  part.querySelectorAll(".scroll").forEach((one, at) => {
    [one.scrollLeft, one.scrollTop] = [scrolled[at]?.[0] ?? 0, scrolled[at]?.[1] ?? 0];
  });
  if (focused instanceof HTMLButtonElement || focused instanceof HTMLSelectElement) {
    const { name, value } = focused;
    const found = [...part.querySelectorAll("button, select")].find((one) => {
      const isNamed = one.getAttribute("name") === name;
      return isNamed && (one instanceof HTMLSelectElement || one.getAttribute("value") === value);
    });
    if (found instanceof HTMLElement) found.focus({ preventScroll: true });
  }
}

/** @param {HTMLFormElement} form @param {HTMLTextAreaElement} text */
function keep(form, text) {
  let sending = new AbortController();
  let timer = 0;
  /** What the server has filled in last. */
  let filled = text.value;
  const part = (/** @type {string} */ name) => form.querySelector(`[data-part="${name}"]`);

  /** @param {string} said */
  const say = (said) => {
    const place = part("said");
    if (!place || !said) return;
    const line = document.createElement("p");
    line.className = "sub";
    line.textContent = said;
    place.append(line);
  };

  /** @param {Document} fresh @param {boolean} isMove Another part of the sheet was asked for. */
  const show = (fresh, isMove) => {
    const parts = [...fresh.querySelectorAll("[data-part]")];
    if (parts.length === 0) {
      // A page of its own, which says why it was refused.
      part("said")?.replaceChildren(...[...fresh.querySelectorAll("main > *")].map((one) => document.importNode(one, true)));
      return;
    }
    let isOld = false;
    for (const one of parts) {
      const name = one.getAttribute("data-part") ?? "";
      const old = part(name);
      if (!old) continue;
      // Nothing has come of a text with faults: what the last good one made stays.
      const isGone = one.hasAttribute("data-none") && !old.hasAttribute("data-none");
      if (isGone && !(isMove && name === "sheet")) isOld = true;
      else replace(old, one);
    }
    const given = fresh.querySelector("#text");
    if (given instanceof HTMLTextAreaElement) {
      if (given.hasAttribute("data-refilled")) text.value = filled = given.value;
      text.setAttribute("aria-invalid", String(given.hasAttribute("aria-invalid")));
    }
    if (isOld) say(form.dataset.old ?? "");
  };

  /** @param {string} name @param {string} value */
  const send = async (name, value) => {
    clearTimeout(timer);
    sending.abort();
    const own = (sending = new AbortController());
    const body = new FormData(form);
    body.set(name, value);
    form.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.action, { method: "POST", body, signal: own.signal });
      if (answer.redirected) {
        location.assign(answer.url);
        return;
      }
      const html = await answer.text();
      if (!own.signal.aborted) show(new DOMParser().parseFromString(html, "text/html"), name.startsWith("go_"));
    } catch {
      if (!own.signal.aborted) say(form.dataset.lost ?? "");
    }
    if (own === sending) form.removeAttribute("aria-busy");
  };

  const file = form.querySelector("input[type=file]");
  const hasFile = () => file instanceof HTMLInputElement && (file.files?.length ?? 0) > 0;
  form.addEventListener("input", (event) => {
    if (event.target !== text || !hasFile()) return;
    clearTimeout(timer);
    timer = setTimeout(() => void send("do", "preview"), PAUSE_MS);
  });
  form.addEventListener("change", (event) => {
    const { target } = event;
    if (target === file && hasFile()) {
      // A draft that nobody has touched is that of another file.
      const from = form.querySelector("#from");
      const isDraft = from instanceof HTMLSelectElement && from.value === "";
      void send("do", isDraft && text.value === filled ? "fill" : "preview");
    } else if (target instanceof HTMLSelectElement) {
      void send("do", "preview");
    }
  });
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!(button instanceof HTMLButtonElement) || button.hasAttribute("formaction")) return;
    event.preventDefault();
    if (form.getAttribute("aria-busy") === "true" && button.value === "run") return;
    void send(button.name, button.value);
  });
}

export function keepPreview() {
  const text = document.querySelector("textarea#text");
  if (!(text instanceof HTMLTextAreaElement)) return;
  followPlaces(text);
  const form = document.querySelector("form[data-preview]");
  if (form instanceof HTMLFormElement) keep(form, text);
}
