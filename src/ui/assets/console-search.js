// @ts-check
// Searches a log on the server, which counts all lines that match, and goes from one to the next.

/** @typedef {import("./console-bytes.js").LogBytes} LogBytes */
/** @typedef {import("./console-text.js").Sought} Sought */
/** @typedef {{ number: number | null, offset: number, text: string, start: number, end: number, cut: boolean }} Hit */
/** @typedef {{ total: number, skipped: number | null, lines: Hit[], next: number | null, previous: number | null }} Found */

/** Lines that are fetched at once. */
const PAGE = 100;

/** Counts units of the text as scripts do, not characters. @param {Hit} hit @returns {[number, number]} */
function place({ text, start, end }) {
  const letters = [...text];
  const first = letters.slice(0, start).join("").length;
  return [first, first + letters.slice(start, end).join("").length];
}

/**
 * @param {HTMLElement} section
 * @param {LogBytes} bytes
 * @param {{
 *   choose: (offset: number, number: number | null) => Promise<void>,
 *   redraw: () => Promise<void>,
 *   from: () => number,
 *   say: (text: string, ...values: (string | number)[]) => void,
 * }} log
 */
export function searchLog(section, bytes, log) {
  const state = {
    /** @type {Sought | null} */
    sought: null,
    /** What an expression has matched, by the offsets of its lines. @type {Map<number, [number, number]>} */
    places: new Map(),
  };
  const form = section.querySelector("form[role=search]");
  const field = form?.querySelector("input[name=q]");
  const regex = form?.querySelector("input[name=regex]");
  if (!(form instanceof HTMLFormElement && field instanceof HTMLInputElement && regex instanceof HTMLInputElement)) return state;
  /** @type {Found | null} */
  let found = null;
  /** Of the lines of the page, the one that is shown. */
  let at = 0;
  let asking = new AbortController();

  /** @param {Record<string, number>} side @param {boolean} [isSaid] */
  const ask = async (side, isSaid = true) => {
    // The server ends a search that nobody waits for.
    asking.abort();
    const own = new AbortController();
    asking = own;
    const { sought } = state;
    if (!sought) return null;
    if (isSaid) log.say("sayLoading");
    const parameters = { q: sought.text, regex: sought.isRegex, ignore_case: true, limit: PAGE, ...side };
    try {
      const answer = await bytes.ask("/search", parameters, own.signal);
      if (own.signal.aborted) return null;
      found = /** @type {Found} */ (answer);
      return found;
    } catch (error) {
      if (!own.signal.aborted) log.say("sayFault", error instanceof Error ? error.message : "");
      return null;
    }
  };

  const show = async () => {
    const hit = found?.lines[at];
    if (!found || !hit) return;
    if (state.sought?.isRegex && !hit.cut && !hit.text.includes("\r")) state.places.set(hit.offset, place(hit));
    log.say("sayPlace", (found.skipped ?? 0) + at + 1, found.total);
    await log.choose(hit.offset, hit.number);
  };

  /** @param {1 | -1} by */
  const step = async (by) => {
    if (!found || found.total === 0) return;
    at += by;
    if (!found.lines[at]) {
      // Behind the last line comes the first one.
      const { next, previous } = found;
      const answer = await ask(by > 0 ? (next === null ? {} : { after: next }) : { before: previous ?? bytes.total });
      if (!answer) return;
      at = by > 0 ? 0 : answer.lines.length - 1;
    }
    await show();
  };

  const begin = async () => {
    const text = field.value;
    state.places.clear();
    state.sought = text ? { text, isRegex: regex.checked } : null;
    found = null;
    for (const button of form.querySelectorAll("button[data-step]")) if (button instanceof HTMLElement) button.hidden = !text;
    if (!state.sought) {
      asking.abort();
      log.say("");
      return log.redraw();
    }
    const from = log.from();
    let answer = await ask(from > 0 ? { after: from - 1 } : {});
    if (answer && answer.total > 0 && answer.lines.length === 0) {
      // All of them come before; how many there are is known already.
      log.say("sayFound", answer.total);
      answer = await ask({}, false);
    }
    if (!answer) return;
    at = 0;
    if (answer.total > 0) return show();
    log.say("sayNoMatch");
    return log.redraw();
  };

  const isSame = () => state.sought?.text === field.value && state.sought.isRegex === regex.checked && found !== null;
  form.addEventListener("submit", (event) => {
    const level = form.querySelector("select[name=level]");
    // The list of errors and warnings is a page of its own.
    if (level instanceof HTMLSelectElement && level.value) return;
    event.preventDefault();
    void (isSame() ? step(1) : begin());
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.shiftKey || !isSame()) return;
    event.preventDefault();
    void step(-1);
  });
  for (const button of form.querySelectorAll("button[data-step]")) {
    button.addEventListener("click", () => void step(button instanceof HTMLElement && button.dataset.step === "-1" ? -1 : 1));
  }
  return state;
}
