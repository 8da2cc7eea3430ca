// @ts-check
// Keeps a page up to date: what has happened is put in its place. Rows never move; new ones wait until
// they are asked for.

import { listen } from "./feed.js";
import { refreshTimes, took } from "./times.js";

/** @typedef {import("./feed.js").Change} Change */

/** At most two repaints a second. */
const PAUSE_MS = 500;
/** How often all of a page is fetched again, and how often jobs are counted. */
const WHOLE_MS = 10000;
const COUNT_MS = 5000;
/** Lines of a log are stored a moment after what they tell of. */
const LOGGED_MS = 2500;

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
  const main = document.querySelector("main");
  const now = fresh.querySelector("main");
  if (main && now && !main.querySelector("table.jobs") && now.querySelector("table.jobs")) {
    // The first rows of a list that was empty.
    replace(main, now);
    return;
  }
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

/**
 * Calls `work` at once, but never twice within a time; what comes meanwhile is done afterwards.
 * @param {() => unknown} work @param {number} pause @returns {() => void}
 */
function paced(work, pause) {
  let isWaiting = false;
  let isAgain = false;
  const start = () => {
    if (isWaiting) {
      isAgain = true;
      return;
    }
    isWaiting = true;
    void work();
    setTimeout(() => {
      isWaiting = false;
      if (isAgain && !document.hidden) {
        isAgain = false;
        start();
      }
    }, pause);
  };
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && isAgain && !isWaiting) {
      isAgain = false;
      start();
    }
  });
  return start;
}

/** @param {Element} row @param {Change} change */
function updateRow(row, change) {
  const isWaiting = change.state === "running" && change.waiting !== null;
  const states = document.querySelector("#states");
  const shown = isWaiting ? "parked" : change.state;
  const state = states instanceof HTMLTemplateElement ? states.content.querySelector(`[data-of="${shown}"]`) : null;
  const cell = row.querySelector(".st");
  if (cell && state && cell.innerHTML !== state.innerHTML) cell.replaceChildren(...state.cloneNode(true).childNodes);
  const progress = row.querySelector(".go");
  const note = change.waiting?.replaceAll(/`([^`]*)`/gu, "“$1”") ?? change.error ?? "";
  if (progress && (note || change.state !== "running")) {
    const text = document.createElement("span");
    text.className = "two-lines";
    text.title = note;
    text.textContent = note;
    progress.replaceChildren(...(note ? [text] : []));
  }
  const time = row.querySelector("[data-took]");
  if (!time || !change.started_at) return;
  if (change.ended_at) {
    time.textContent = took((Date.parse(change.ended_at) - Date.parse(change.started_at)) / 1000);
  } else if (!time.querySelector("[data-since]")) {
    const since = document.createElement("span");
    since.dataset.since = change.started_at;
    time.replaceChildren(since);
  }
}

/** Fetches how many jobs are in each state. @returns {Promise<boolean>} Whether that is not what was shown. */
async function count() {
  const counts = document.querySelector(".counts");
  if (!counts || document.hidden) return false;
  const jobs = document.body.dataset.jobs ?? "/jobs";
  const answer = await fetch(`${jobs.replace(/jobs$/, "v1/jobs")}?limit=1&counts=true`).catch(() => null);
  const counted = answer?.ok ? (await answer.json()).counts : null;
  if (!counted) return false;
  let isNew = false;
  let all = 0;
  for (const number of Object.values(counted)) all += number;
  for (const link of counts.querySelectorAll("[data-state]")) {
    const state = link.getAttribute("data-state") ?? "";
    const shown = (state ? (counted[state] ?? 0) : all).toLocaleString("en-US");
    const number = link.querySelector("b");
    if (!number || number.textContent === shown) continue;
    number.textContent = shown;
    isNew = true;
  }
  return isNew;
}

/** @returns {(change: Change) => boolean} Whether a new job would stand in this list. */
function belongsHere() {
  const filters = new URLSearchParams(location.search);
  /** @param {string} name @param {string} own */
  const fits = (name, own) => [own, ""].includes(filters.get(name)?.trim() ?? "");
  const isNew = (/** @type {string} */ kind) => kind === "job.queued" || kind === "job.blocked";
  return (change) =>
    change.kinds.some(isNew) &&
    fits("flow", change.flow) &&
    fits("queue", change.queue) &&
    fits("started_by", change.started_by ?? "") &&
    fits("state", change.state) &&
    fits("q", "") &&
    fits("to", "");
}

/** Keeps the list of jobs. */
export function keepList() {
  const isOfList = belongsHere();
  const isSearch = Boolean(new URLSearchParams(location.search).get("q"));
  /** @type {Map<string, Change>} */
  const changes = new Map();
  const unseen = new Set();
  const whole = paced(async () => {
    const fresh = await fetched();
    if (!fresh) return;
    updateList(fresh);
    refreshTimes();
  }, WHOLE_MS);
  const counting = paced(count, COUNT_MS);
  const paint = paced(() => {
    for (const [id, change] of changes) {
      const row = document.getElementById(`j${id}`);
      if (row) updateRow(row, change);
      else if (isOfList(change)) unseen.add(id);
    }
    changes.clear();
    refreshTimes();
    if (unseen.size > 0) announce(unseen.size);
  }, PAUSE_MS);
  let isFirst = true;
  /** @param {boolean} isLive */
  const state = (isLive) => {
    show(isLive);
    if (!isLive || !isFirst) return;
    isFirst = false;
    // Something may have happened since the page was made.
    void count().then((isNew) => isNew && whole());
  };
  listen(state, (news) => {
    for (const change of news.jobs) {
      // What was missed between two repaints is a part of what happened.
      const before = changes.get(change.job_id)?.kinds ?? [];
      changes.set(change.job_id, { ...change, kinds: [...before, ...change.kinds] });
    }
    const isShown = news.others.some((id) => document.getElementById(`j${id}`));
    // An empty list has no place for rows.
    const isEmpty = !document.querySelector("table.jobs");
    if (news.more || isShown || isSearch || isEmpty) whole();
    paint();
    counting();
  });
}

/** @param {string} id Keeps the page of this job. */
export function keepJob(id) {
  const look = paced(async () => {
    const fresh = await fetched();
    if (!fresh) return;
    updateJob(fresh);
    refreshTimes();
  }, PAUSE_MS);
  const lookLater = paced(look, WHOLE_MS);
  let isFirst = true;
  /** @param {boolean} isLive */
  const state = (isLive) => {
    show(isLive);
    // Something may have happened since the page was made.
    if (isLive && isFirst) look();
    isFirst &&= !isLive;
  };
  /** @type {number | undefined} */
  let logged;
  listen(state, (news) => {
    if (news.others.includes(id) || news.jobs.some((change) => change.job_id === id)) {
      look();
      clearTimeout(logged);
      logged = setTimeout(look, LOGGED_MS);
    } else if (news.more) lookLater();
  });
}
