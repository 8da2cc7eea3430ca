// @ts-check
// The bell: what happened since the page was made, as soon as it happens. One tab of the browser listens
// for all of them, where the browser lets tabs agree on one.

import { refreshTimes } from "./times.js";

/** At most two looks a second. */
const PAUSE_MS = 500;
const TOAST_MS = 8000;
const TOASTS_MAX = 3;
const SEEN = "audience.seen";
const POPUPS = "audience.popups";

/** What one tab tells the others. @typedef {{ html: string }} Look */

const channel = "BroadcastChannel" in window ? new BroadcastChannel("audience.bell") : null;

/** The number of the newest notification that was shown in this tab. */
let seen = 0;

function bell() {
  const element = document.querySelector("#bell");
  return element instanceof HTMLElement ? element : null;
}

/** @param {Element} line @returns {number} */
function numberOf(line) {
  return Number(line.getAttribute("data-no"));
}

/** How many are unread stands in front of the page's title. */
function countInTitle() {
  const unread = Number(bell()?.dataset.unread);
  const title = document.title.replace(/^\(\d+\) /, "");
  const counted = unread > 0 ? `(${unread}) ${title}` : title;
  if (document.title !== counted) document.title = counted;
}

/** @param {Element} line A line of the list. */
function toast(line) {
  const template = document.querySelector("#toast");
  const place = document.querySelector(".toasts");
  const [icon, said] = line.children;
  if (!(template instanceof HTMLTemplateElement) || !place || !icon || !said) return;
  const shown = document.importNode(template.content, true).firstElementChild;
  if (!(shown instanceof HTMLElement)) return;
  shown.dataset.s = line.getAttribute("data-s") ?? "info";
  shown.prepend(document.importNode(icon, true), document.importNode(said, true));
  shown.querySelector("button")?.addEventListener("click", () => shown.remove());
  place.append(shown);
  while (place.children.length > TOASTS_MAX) place.firstElementChild?.remove();
  // A failure stays until somebody closes it.
  if (shown.dataset.s === "failed") return;
  const leave = () => {
    if (shown.matches(":hover, :focus-within")) setTimeout(leave, 1000);
    else shown.remove();
  };
  setTimeout(leave, TOAST_MS);
}

/** @param {Document} fresh The page of notifications as it is now. @param {boolean} isListener */
function update(fresh, isListener) {
  const old = bell();
  const now = fresh.querySelector("#bell");
  if (!old || !(now instanceof HTMLElement)) return;
  const lines = [...now.querySelectorAll(".news [data-no]")].filter((line) => numberOf(line) > seen).reverse();
  Object.assign(old.dataset, { unread: now.dataset.unread, newest: now.dataset.newest });
  replace(old.querySelector("summary"), now.querySelector("summary"));
  replace(old.querySelector("#bell-news"), now.querySelector("#bell-news"));
  replace(document.querySelector("#news[data-live]"), fresh.querySelector("#news"));
  replace(document.querySelector("#unread"), fresh.querySelector("#unread"));
  countInTitle();
  refreshTimes();
  for (const line of lines) {
    toast(line);
    if (isListener) popUp(line);
  }
  remember(Number(now.dataset.newest));
}

/** What has the focus stays. @param {Element | null} old @param {Element | null} fresh */
function replace(old, fresh) {
  const focused = document.activeElement;
  if (!old || !fresh || old.isEqualNode(fresh) || (old !== focused && old.contains(focused))) return;
  for (const { name, value } of fresh.attributes) old.setAttribute(name, value);
  old.replaceChildren(...[...fresh.childNodes].map((node) => document.importNode(node, true)));
}

/** @param {number} newest */
function remember(newest) {
  if (!(newest > seen)) return;
  seen = newest;
  sessionStorage.setItem(SEEN, String(seen));
}

/** The browser's own, if somebody has allowed it here. @param {Element} line */
function popUp(line) {
  if (!mayPopUp() || localStorage.getItem(POPUPS) !== "yes") return;
  const link = line.querySelector("a");
  const title = (line.querySelector("div > div")?.textContent ?? "").trim();
  const body = (line.querySelector(".sub")?.textContent ?? "").trim();
  const shown = new Notification(title, { body, tag: `audience-${numberOf(line)}` });
  shown.onclick = () => {
    window.focus();
    if (link) location.href = link.getAttribute("href") ?? "";
  };
}

function mayPopUp() {
  return "Notification" in window && Notification.permission === "granted";
}

function offerPopUps() {
  const button = document.querySelector("#allow");
  if (!(button instanceof HTMLElement) || !("Notification" in window)) return;
  const show = () => {
    button.hidden = Notification.permission === "denied" || (mayPopUp() && localStorage.getItem(POPUPS) === "yes");
  };
  show();
  button.addEventListener("click", async () => {
    if ((await Notification.requestPermission()) === "granted") localStorage.setItem(POPUPS, "yes");
    show();
  });
}

/** Looks at the notifications, and shows what is new in all tabs. */
async function look() {
  try {
    const answer = await fetch(bell()?.dataset.page ?? "", { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const html = await answer.text();
    channel?.postMessage(/** @type {Look} */ ({ html }));
    update(new DOMParser().parseFromString(html, "text/html"), true);
  } catch {
    // The connection is lost; the stream says what was missed when it is there again.
  }
}

/** @returns {EventSource} */
function listen() {
  let isWaiting = false;
  let isAgain = false;
  const news = async () => {
    if (isWaiting) {
      isAgain = true;
      return;
    }
    isWaiting = true;
    await look();
    setTimeout(() => {
      isWaiting = false;
      if (isAgain) {
        isAgain = false;
        void news();
      }
    }, PAUSE_MS);
  };
  const source = new EventSource(`${bell()?.dataset.events}?after=${seen}`);
  for (const kind of (bell()?.dataset.kinds ?? "").split(" ")) source.addEventListener(kind, () => void news());
  return source;
}

/** One tab at a time; without locks each tab that is seen, for a browser has few connections to give. */
function listenInOneTab() {
  if (navigator.locks && channel) {
    void navigator.locks.request("audience.bell", () => {
      listen();
      return new Promise(() => {});
    });
    return;
  }
  /** @type {EventSource | null} */
  let source = null;
  const change = () => {
    source?.close();
    source = document.hidden ? null : listen();
  };
  document.addEventListener("visibilitychange", change);
  change();
}

/** What somebody opens is read. */
function markWhatIsOpened() {
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest(".news a") : null;
    const path = link?.closest("[data-read-path]")?.getAttribute("data-read-path");
    if (path) void fetch(path, { method: "POST", keepalive: true, redirect: "manual" });
  });
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !("read" in form.dataset)) return;
    event.preventDefault();
    const body = new URLSearchParams({ up_to: form.querySelector("input")?.value ?? "" });
    // Whatever comes of it is seen by the next look.
    await fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => null);
    if (form.contains(document.activeElement)) bell()?.querySelector("summary")?.focus();
    await look();
  });
}

export function ringBell() {
  const element = bell();
  if (!element) return;
  const place = document.createElement("div");
  place.className = "toasts";
  place.setAttribute("role", "status");
  document.body.append(place);
  const newest = Number(element.dataset.newest);
  // What came while one page followed another has been shown by none.
  const before = Number(sessionStorage.getItem(SEEN)) || newest;
  const lines = [...element.querySelectorAll(".news [data-no]")];
  lines.filter((line) => numberOf(line) > before).reverse().forEach(toast);
  remember(newest);
  countInTitle();
  // Other parts of the page set its title, too.
  const title = document.querySelector("title");
  if (title) new MutationObserver(countInTitle).observe(title, { childList: true });
  channel?.addEventListener("message", ({ data }) => {
    update(new DOMParser().parseFromString(/** @type {Look} */ (data).html, "text/html"), false);
  });
  offerPopUps();
  markWhatIsOpened();
  listenInOneTab();
}
