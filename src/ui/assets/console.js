// @ts-check
// What a command has written: a window over all of it, which follows while the command runs.

import { LogBytes, LogFault } from "./console-bytes.js";
import { searchLog } from "./console-search.js";
import { addText, shown } from "./console-text.js";
import { LogRows } from "./console-rows.js";
import { LogWindow } from "./console-window.js";

/** @typedef {import("./console-numbers.js").Placed} Placed */
/** @typedef {import("./console-rows.js").Fold} Fold */
/** @typedef {import("./console-rows.js").Group} Group */

/** What comes in between is shown together. */
const PAINT_MS = 100;
/** A stream that brings more than this between two looks is left: nobody reads it, and the end is enough. */
const STREAM_MAX = 1 << 20;
/** How much longer than counting lines takes it is left alone while the command runs. */
const COUNT_SHARE = 5;
const FOLDS_MS = 3000;
const AGAIN_MS = 2000;

/** @param {string} selector */
const find = (selector) => document.querySelector(selector);

/** @param {string} name @param {string} text @param {Record<string, string>} [data] */
function element(name, text, data = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  Object.assign(made.dataset, data);
  return made;
}

/** @param {HTMLElement} section */
export async function showConsole(section) {
  const [box, list, status, follow] = [section.querySelector(".scroll"), find("#log"), find("#log-status"), find("#follow")];
  if (!(box instanceof HTMLElement && list instanceof HTMLElement && status instanceof HTMLElement)) return;
  if (!(follow instanceof HTMLInputElement)) return;
  const say = section.dataset;
  /** Puts values in place of `#1`, `#2`. @param {string | undefined} text @param {(string | number)[]} values */
  const filled = (text, ...values) =>
    (text ?? "").replace(/#(\d)/g, (_, no) => {
      const value = values[Number(no) - 1] ?? "";
      return typeof value === "number" ? value.toLocaleString("en") : value;
    });
  const bytes = new LogBytes(say.console ?? "", say.attempt ?? "1");
  bytes.total = Number(say.total);
  bytes.noteGap(say.gap);
  const rows = new LogRows(bytes);
  rows.refresh();
  bytes.hasDropped = () => rows.refresh();
  let isLive = "live" in say;
  /** The row that a link or a search leads to. */
  let chosen = -1;
  let mayCount = true;

  /** @param {number} offset @param {number | null} number */
  const address = (offset, number) => {
    const place = number === null ? `at=${offset}#o${offset}` : `line=${number}#L${number}`;
    return `?attempt=${bytes.attempt}&${place}`;
  };

  /** @param {Fold} fold @param {boolean} isClosed */
  const foldRow = (fold, isClosed) => {
    const item = element("li", "");
    item.className = "fold";
    const button = element("button", "");
    button.setAttribute("type", "button");
    button.setAttribute("aria-expanded", String(!isClosed));
    button.className = "quiet";
    button.append(element("bdi", fold.name));
    if (fold.ended_at) {
      const seconds = (Date.parse(fold.ended_at) - Date.parse(fold.started_at)) / 1000;
      button.append(element("small", ` ${seconds < 10 ? seconds.toFixed(2) : Math.round(seconds).toLocaleString("en")} s`));
    }
    button.dataset.depth = String(Math.min(fold.depth, 6));
    button.addEventListener("click", async () => {
      rows.setClosed(fold, !isClosed);
      await view.redraw();
      const again = [...list.querySelectorAll(".fold button")].find((other) => other.textContent === button.textContent);
      if (again instanceof HTMLElement) again.focus({ preventScroll: true });
    });
    item.classList.toggle("hit", fold.from === chosen);
    item.append(button);
    return item;
  };

  /** @param {Group} group @returns {HTMLElement[]} */
  const draw = (group) =>
    group.rows.map((row) => {
      if (row.kind === "fold") return foldRow(row.fold, row.isClosed);
      if (row.kind === "gap") {
        const note = element("li", filled(say.sayGap, row.bytes));
        note.className = "note";
        return note;
      }
      const item = element("li", "");
      const link = element("a", "");
      if (row.isFirst) link.dataset.line = String(row.offset);
      const text = element("p", "");
      text.lang = "en";
      const line = shown(row.bytes);
      if (line.level) item.dataset.s = line.level;
      addText(text, line, search.sought, search.places.get(row.offset));
      item.classList.toggle("hit", row.offset === chosen);
      item.append(link, text);
      return item;
    });

  /** @param {Placed} placed */
  const count = ({ group, elements, number }) => {
    const item = elements.at(-1);
    const link = item?.querySelector("a[data-line]");
    if (!item || !(link instanceof HTMLAnchorElement)) return;
    const text = number === null ? "·" : number.toLocaleString("en");
    if (link.textContent === text) return;
    link.textContent = text;
    link.href = address(group.from, number);
    item.id = number === null ? `o${group.from}` : `L${number}`;
  };

  const wait = () => {
    const item = element("li", say.sayLoading ?? "");
    item.className = "note";
    return item;
  };

  /** @param {unknown} error */
  const failed = (error) => {
    if (error instanceof LogFault && error.isFinal) lost(error.message);
    else {
      status.textContent = say.sayLost ?? "";
      window.setTimeout(() => void view.show(view.placed[0]?.group.from ?? 0).catch(failed), AGAIN_MS);
    }
  };

  /** @param {string} why */
  const lost = (why) => {
    const note = element("li", "");
    note.className = "note";
    note.dataset.s = "error";
    note.append(element("b", say.sayGone ?? ""), " ", element("bdi", why));
    list.replaceChildren(note);
  };

  // Numbers of lines that follow what nobody has counted here. The server counts for them: the longer that
  // takes, the more rarely they are asked for.
  let counting = 0;
  let rest = PAINT_MS;
  const number = () => {
    counting ||= window.setTimeout(async () => {
      const began = Date.now();
      let isRefused = false;
      for (let first = view.uncounted; first && mayCount && !isRefused; first = view.uncounted) {
        const offset = first.group.from;
        try {
          const found = await bytes.ask("/lines", { from: offset, limit: 1, numbers: true });
          const counted = found.lines[0]?.number;
          // Behind what was dropped nobody may have counted.
          mayCount = typeof counted === "number";
          if (mayCount) view.setNumber(offset, counted);
        } catch (error) {
          isRefused = true;
          mayCount = !(error instanceof LogFault && error.isFinal);
        }
      }
      const took = isLive ? COUNT_SHARE * (Date.now() - began) : 0;
      rest = isRefused ? AGAIN_MS : Math.max(PAINT_MS, took);
      counting = 0;
      moved();
    }, rest);
  };

  const moved = () => {
    const seen = view.seen;
    const box = find("#log-place");
    if (!seen || !box) return;
    if (view.uncounted && mayCount) number();
    const [first, last] = seen.map((placed) => placed.number);
    const share = Math.round((seen[1].group.to / Math.max(1, bytes.total)) * 100);
    const text = first != null && last != null ? filled(say.sayLines, first, last) : `${share} %`;
    if (box.textContent !== text) box.textContent = text;
  };

  const left = () => {
    follow.checked = false;
  };

  const view = new LogWindow(box, list, rows, { draw, count, wait, moved, left, failed });

  /** Shows a line and marks it. @param {number} offset @param {number | null} number If it is known. */
  const choose = async (offset, number) => {
    follow.checked = false;
    if (number !== null) view.setNumber(offset, number);
    rows.reveal(offset);
    chosen = offset;
    await view.show(offset, 0.3);
  };

  const search = searchLog(section, bytes, {
    choose,
    redraw: () => view.redraw(),
    from: () => view.seen?.[0].group.from ?? 0,
    say: (text, ...values) => {
      status.textContent = filled(say[text], ...values);
    },
  });

  for (const hidden of section.querySelectorAll("[data-script]")) if (hidden instanceof HTMLElement) hidden.hidden = false;
  for (const plain of section.querySelectorAll("[data-plain]")) plain.remove();
  if (follow.parentElement) follow.parentElement.hidden = !isLive;

  const readFolds = async () => {
    const found = await bytes.ask("/folds").catch(() => null);
    if (!found) return false;
    /** @type {{ offset: number }[]} */
    const errors = found.errors;
    const before = rows.folds.map(({ from, to }) => `${from} ${to}`).join();
    const hasFailed = "failed" in say;
    const last = found.folds.filter((/** @type {Fold} */ fold) => fold.script).at(-1);
    rows.setFolds(found.folds, (fold) => {
      if (fold.to === null || (hasFailed && fold === last)) return false;
      return !errors.some(({ offset }) => fold.from <= offset && offset < (fold.to ?? Infinity));
    });
    return before !== rows.folds.map(({ from, to }) => `${from} ${to}`).join();
  };

  /** To the line that the address names; whether it names one. */
  const goToAddress = async () => {
    const place = /^#(L|o)(\d+)$/.exec(location.hash);
    if (!place) return false;
    if (place[1] === "L") {
      const line = Number(place[2]);
      const found = await bytes.ask("/lines", { line, limit: 1, numbers: true }).catch(() => null);
      if (!found?.lines?.[0]) {
        status.textContent = say.sayNoLine ?? "";
        return false;
      }
      await choose(found.lines[0].offset, line);
    } else await choose(await rows.startOf(Number(place[2])), null);
    return true;
  };

  const toEnd = () => {
    follow.checked = isLive;
    return view.showEnd().catch(failed);
  };

  const toStart = () => {
    follow.checked = false;
    return view.show(0).catch(failed);
  };

  follow.addEventListener("change", () => follow.checked && toEnd());
  box.addEventListener("scroll", () => {
    if (follow.checked && !view.seesEnd && view.isAtEnd) follow.checked = false;
  });
  find("#log-wrap")?.addEventListener("change", (event) => {
    if (!(event.target instanceof HTMLInputElement)) return;
    list.classList.toggle("unwrapped", !event.target.checked);
    void view.redraw();
  });
  list.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[data-line]") : null;
    if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    history.replaceState(null, "", link.href);
    chosen = Number(link.dataset.line);
    for (const hit of list.querySelectorAll(".hit")) hit.classList.remove("hit");
    link.closest("li")?.classList.add("hit");
  });
  find("[data-key=e]")?.addEventListener("click", async (event) => {
    event.preventDefault();
    status.textContent = say.sayLoading ?? "";
    const found = await bytes.ask("/search", { first: "error", limit: 1 }).catch(() => null);
    status.textContent = found?.first_error ? "" : (say.sayNoError ?? "");
    if (!found?.first_error) return;
    await choose(found.first_error.offset, found.first_error.number);
  });
  for (const [selector, go] of /** @type {const} */ ([["#log-start", toStart], ["#log-end", toEnd]])) {
    find(selector)?.addEventListener("click", (event) => {
      event.preventDefault();
      void go();
    });
  }
  document.addEventListener("keydown", (event) => {
    const target = event.target instanceof HTMLElement ? event.target : document.body;
    const isElsewhere = target.matches("input, select, textarea") || !(target === document.body || section.contains(target));
    if (isElsewhere || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key !== "Home" && event.key !== "End") return;
    event.preventDefault();
    void (event.key === "End" ? toEnd() : toStart());
  });
  window.addEventListener("hashchange", () => void goToAddress());

  const nothing = () => {
    const note = element("li", (isLive ? say.sayNotYet : say.sayNothing) ?? "");
    note.className = "note";
    list.replaceChildren(note);
  };

  /** Follows what is written from now on. */
  const listen = () => {
    let brought = 0;
    let painting = 0;
    let source = new EventSource(bytes.address("", { tail: 0 }));
    let lookedAt = 0;
    const paint = async () => {
      painting = 0;
      const isMuch = brought > STREAM_MAX;
      brought = 0;
      if (isMuch && isLive) {
        source.close();
        window.setTimeout(connect, 5 * PAINT_MS);
      }
      if (Date.now() - lookedAt > FOLDS_MS || !isLive) {
        lookedAt = Date.now();
        await readFolds();
      }
      rows.refresh();
      if (view.placed.length === 0 && bytes.total > 0) list.replaceChildren();
      await view.grow(follow.checked).catch(failed);
    };
    /** @param {MessageEvent<string>} event */
    const take = (event) => {
      brought += event.data.length;
      bytes.total = Math.max(bytes.total, Number(event.lastEventId));
      status.classList.remove("lost");
      painting ||= window.setTimeout(paint, PAINT_MS);
    };
    const connect = () => {
      if (source.readyState === EventSource.CLOSED) source = new EventSource(bytes.address("", { tail: 0 }));
      source.addEventListener("message", take);
      source.addEventListener("gap", take);
      source.addEventListener("end", (event) => {
        take(event);
        isLive = false;
        follow.checked = false;
        if (follow.parentElement) follow.parentElement.hidden = true;
        status.textContent = say.sayEnded ?? "";
        source.close();
        if (bytes.total === 0) nothing();
      });
      source.addEventListener("error", () => {
        status.textContent = say.sayLost ?? "";
      });
      source.addEventListener("open", () => {
        if (status.textContent === say.sayLost) status.textContent = "";
        // What was written meanwhile.
        void bytes.ask("/folds").then((found) => {
          if (found.total <= bytes.total) return;
          bytes.total = found.total;
          painting ||= window.setTimeout(paint, PAINT_MS);
        }, () => undefined);
      });
    };
    connect();
  };

  try {
    if (bytes.total === 0) {
      nothing();
      follow.checked = isLive;
    } else {
      await readFolds();
      if (!(await goToAddress())) {
        if (say.start === "end") await toEnd();
        else await view.show(Number(say.start));
      }
    }
  } catch (error) {
    failed(error);
  }
  if (isLive) listen();
}
