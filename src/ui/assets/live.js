// @ts-check
// Keeps a page up to date: it is fetched again when something has happened, and what differs is put
// in its place. Rows never move; new ones wait until they are asked for.

import { refreshTimes } from "./times.js";

/** At most two repaints a second. */
const PAUSE_MS = 500;
/** How often the list is looked at while the page is seen. */
const LOOK_MS = 3000;
const LONGEST_PAUSE_MS = 15000;

/** What is said of a job in its history. */
const KINDS = [
  ...["queued", "blocked", "unblocked", "started", "adopted", "isolated", "waits", "waiting", "waiting_ended"],
  ...["parked", "retried", "rescued", "crashed", "resumed", "rerun", "cancel_requested"],
  ...["succeeded", "failed", "cancelled", "skipped"],
]
  .map((kind) => `job.${kind}`)
  .concat(["planned", "delayed", "steps_added", "completed", "failed"].map((kind) => `step.${kind}`))
  .concat(["started", "completed", "failed", "parked", "quarantined"].map((kind) => `batch.${kind}`))
  .concat("progress");

/** @param {boolean} isLive */
export function show(isLive) {
  const element = document.querySelector("#live");
  if (!(element instanceof HTMLElement)) return;
  element.hidden = false;
  element.dataset.s = isLive ? "succeeded" : "waiting";
  const text = (isLive ? element.dataset.live : element.dataset.lost) ?? "";
  if (element.textContent !== text) element.textContent = text;
}

/** @returns {Promise<Document | null>} The page as it is now; null: it cannot be reached. */
export async function fetched() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (answer.redirected) location.reload();
    if (!answer.ok) return null;
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return null;
  }
}

/** @param {Element} old @param {Element} fresh */
function replace(old, fresh) {
  if (old.outerHTML !== fresh.outerHTML) old.replaceWith(document.importNode(fresh, true));
}

/** @param {Document} fresh */
function updateList(fresh) {
  const known = new Set();
  for (const row of document.querySelectorAll("table.jobs tbody tr")) {
    known.add(row.id);
    const now = fresh.getElementById(row.id);
    if (!now) continue;
    // Cell by cell, so that what is focused stays focused.
    [...row.children].forEach((cell, at) => {
      const other = now.children[at];
      if (other && cell.innerHTML !== other.innerHTML && !cell.contains(document.activeElement)) {
        cell.innerHTML = other.innerHTML;
      }
    });
  }
  const counts = document.querySelectorAll(".counts b");
  fresh.querySelectorAll(".counts b").forEach((count, at) => {
    const old = counts[at];
    if (old && old.textContent !== count.textContent) old.textContent = count.textContent;
  });
  const rows = [...fresh.querySelectorAll("table.jobs tbody tr")];
  announce(rows.filter((row) => !known.has(row.id)).length);
}

/** @param {number} count Of rows that are not shown yet. */
function announce(count) {
  const link = document.querySelector("#fresh a");
  const text = link?.querySelector("span");
  if (!(link instanceof HTMLElement) || !text) return;
  link.hidden = count === 0;
  const said = (link.dataset.one ?? "#").replace("#", String(count));
  if (text.textContent !== said) text.textContent = said;
}

/** @param {Document} fresh */
function updateJob(fresh) {
  if (document.querySelector("dialog[open]")) return;
  const main = document.querySelector("main");
  const now = fresh.querySelector("main");
  if (!main || !now) return;
  const [old, others] = [[...main.children], [...now.children]];
  if (old.length !== others.length) {
    if (!main.contains(document.activeElement)) replace(main, now);
    return;
  }
  old.forEach((part, at) => {
    const other = others[at];
    if (other && !part.contains(document.activeElement) && !part.querySelector("details[open]")) replace(part, other);
  });
  document.title = fresh.title;
}

/** Looks at the list again and again, less often while it cannot be reached. */
export function keepList() {
  let pause = LOOK_MS;
  const look = async () => {
    if (!document.hidden) {
      const fresh = await fetched();
      show(fresh !== null);
      pause = fresh ? LOOK_MS : Math.min(pause * 2, LONGEST_PAUSE_MS);
      if (fresh) {
        updateList(fresh);
        refreshTimes();
      }
    }
    setTimeout(look, pause);
  };
  setTimeout(look, pause);
  document.addEventListener("visibilitychange", () => {
    pause = LOOK_MS;
  });
}

/** @param {string} events Where the events of the job come from. */
export function keepJob(events) {
  let isWaiting = false;
  let isAgain = false;
  const look = async () => {
    if (isWaiting) {
      isAgain = true;
      return;
    }
    isWaiting = true;
    const fresh = await fetched();
    if (fresh) {
      updateJob(fresh);
      refreshTimes();
    }
    setTimeout(() => {
      isWaiting = false;
      if (isAgain) {
        isAgain = false;
        void look();
      }
    }, PAUSE_MS);
  };
  const source = new EventSource(events);
  source.onopen = () => show(true);
  source.onerror = () => {
    // The stream has ended with the job, or the connection is lost and the browser mends it.
    show(source.readyState === EventSource.CLOSED);
    void look();
  };
  for (const kind of KINDS) source.addEventListener(kind, () => void look());
  source.onmessage = () => void look();
}
