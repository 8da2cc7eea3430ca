// @ts-check
// Keeps times right: how long ago, how long so far, and the zone of the viewer.

const { dataset } = document.body;

/** @param {number} seconds @returns {string} */
function ago(seconds) {
  /** @param {string | undefined} message @param {number} number */
  const said = (message, number) => (message ?? "#").replace("#", String(Math.floor(number)));
  if (seconds < 5) return dataset.now ?? "";
  if (seconds < 60) return said(dataset.agoS, seconds);
  if (seconds < 3600) return said(dataset.agoMin, seconds / 60);
  if (seconds < 86400) return said(dataset.agoH, seconds / 3600);
  return said(dataset.agoD, seconds / 86400);
}

/** @param {number} seconds @returns {string} */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  /** @param {number} number @param {string | undefined} unit */
  const part = (number, unit) => `${Math.floor(number)}\u00a0${unit ?? ""}`;
  /** @param {number} large @param {number} small @param {"unitD" | "unitH" | "unitMin"} one @param {"unitH" | "unitMin" | "unitS"} two */
  const both = (large, small, one, two) =>
    part(large, dataset[one]) + (Math.floor(small) ? `\u00a0${part(small, dataset[two])}` : "");
  if (whole < 60) return part(whole, dataset.unitS);
  if (whole < 3600) return both(whole / 60, whole % 60, "unitMin", "unitS");
  if (whole < 86400) return both(whole / 3600, (whole % 3600) / 60, "unitH", "unitMin");
  return both(whole / 86400, (whole % 86400) / 3600, "unitD", "unitH");
}

/** @param {number} seconds @returns {string} How long something took. */
export function took(seconds) {
  const unit = `\u00a0${dataset.unitS ?? ""}`;
  if (seconds < 0.095) return Math.max(0, seconds).toFixed(2) + unit;
  if (seconds < 9.95) return seconds.toFixed(1) + unit;
  return duration(Math.round(seconds));
}

// The clock of the browser may be wrong: what counts is how long the page has been open.
const made = Date.parse(document.querySelector("meta[name=made]")?.getAttribute("content") ?? "");
const opened = performance.now();

/** @returns {number} The time of the server, in milliseconds. */
export function serverNow() {
  return Number.isNaN(made) ? Date.now() : made + performance.now() - opened;
}

/** Writes all times of the page anew. */
export function refreshTimes() {
  for (const element of document.querySelectorAll("time[data-ago]")) {
    const moment = Date.parse(element.getAttribute("datetime") ?? "");
    if (!Number.isNaN(moment)) write(element, ago((serverNow() - moment) / 1000));
  }
  for (const element of document.querySelectorAll("[data-since]")) {
    const moment = Date.parse(element.getAttribute("data-since") ?? "");
    if (!Number.isNaN(moment)) write(element, duration((serverNow() - moment) / 1000));
  }
}

/** @param {Element} element @param {string} text */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Says once to the server in which zone the viewer is, and shows the page in it. */
export async function rememberZone() {
  if (!("zoneUnknown" in dataset) || !dataset.preferences) return;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || zone === dataset.zone) return;
  const body = new URLSearchParams({ zone });
  const answer = await fetch(dataset.preferences, { method: "POST", body, redirect: "manual" });
  if (answer.type !== "opaqueredirect") return;
  const select = document.querySelector("#zone");
  if (!(select instanceof HTMLSelectElement)) return;
  if (![...select.options].some((option) => option.value === zone)) select.add(new Option(zone));
  select.value = zone;
  showIn(zone);
}

/** @param {string} zone Writes the exact times of the page in this zone. */
function showIn(zone) {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
  const today = format.format(serverNow()).slice(0, 10);
  for (const element of document.querySelectorAll("time[datetime]")) {
    const text = format.format(Date.parse(element.getAttribute("datetime") ?? ""));
    if (element.hasAttribute("title")) element.setAttribute("title", text);
    if (element.hasAttribute("data-at")) write(element, text.startsWith(today) ? text.slice(11) : text.slice(0, 16));
    else if (element.closest(".log")) write(element, text.slice(11) + (element.textContent ?? "").slice(8));
  }
}
