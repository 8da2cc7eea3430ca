// @ts-check
// What a line of a log looks like: colours, progress bars, levels. It is text, never markup.

/** @typedef {{ text: string, look: string }} Part */
/** @typedef {{ level: string, parts: Part[] }} Shown */
/** @typedef {{ text: string, isRegex: boolean }} Sought */

// Sequences of terminals, and characters that are not shown.
const SEQUENCES =
  /\x1b\[([0-?]*)[ -/]*([@-~])|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]?|[\0-\x08\x0b-\x1f\x7f-\x9f]/g;

const LEVEL = /^::(error|warning)(?: ((?:(?!::).)*))?::/;
/** Lines that only begin or end a fold. */
const MARKER = /^(?:::group::|::endgroup::|travis_fold:)/;

/** Places that are marked in a line. */
const MARKS_MAX = 100;

const decoder = new TextDecoder();

/** @param {Uint8Array} bytes */
export function isMarker(bytes) {
  return MARKER.test(decoder.decode(bytes.subarray(0, 16)));
}

/** The colour, of 8, that is nearest to one of 256. @param {number} colour */
function nearest(colour) {
  if (colour < 16) return colour < 8 ? 30 + colour : 82 + colour;
  if (colour > 231) return colour < 244 ? 90 : 0;
  const cube = colour - 16;
  const lit = [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map((part) => part > 2);
  return 30 + lit.reduce((sum, isLit, bit) => sum + (isLit ? 1 << bit : 0), 0);
}

/** @param {Set<number>} look @param {string} given Parameters of a sequence. */
function paint(look, given) {
  const codes = given.split(/[;:]/).map(Number);
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0;
    const isColour = (/** @type {number} */ one) => one >= 30 && one < 100;
    const repaint = (/** @type {number} */ colour) => {
      for (const one of look) if (isColour(one)) look.delete(one);
      if (colour) look.add(colour);
    };
    if (code === 0) look.clear();
    else if (code === 1 || code === 2 || code === 3 || code === 4) look.add(code);
    else if (code === 22) [1, 2].forEach((one) => look.delete(one));
    else if (code === 23 || code === 24) look.delete(code - 20);
    else if (code === 39) repaint(0);
    else if ((code >= 30 && code < 38) || (code >= 90 && code < 98)) repaint(code);
    else if (code === 38 || code === 48) {
      const [kind, ...rest] = codes.slice(at + 1);
      if (code === 38 && kind === 5) repaint(nearest(rest[0] ?? 0));
      if (code === 38 && kind === 2) {
        const lit = rest.slice(0, 3).map((part) => part > 127);
        repaint(30 + lit.reduce((sum, isLit, bit) => sum + (isLit ? 1 << bit : 0), 0));
      }
      at += kind === 5 ? 2 : 4;
    }
  }
}

/**
 * A line without what moves the cursor: of a progress bar what stands there at last.
 * @param {Uint8Array} bytes @returns {Shown}
 */
export function shown(bytes) {
  const line = decoder.decode(bytes).replace(/[\r\n]+$/, "");
  const text = line.includes("\r") ? line.split("\r").filter(Boolean).at(-1) ?? "" : line;
  /** @type {Part[]} */
  const parts = [];
  /** @type {Set<number>} */
  const look = new Set();
  let at = 0;
  const add = (/** @type {number} */ end) => {
    if (end > at) parts.push({ text: text.slice(at, end), look: [...look].join(" ") });
  };
  for (const found of text.matchAll(SEQUENCES)) {
    add(found.index);
    at = found.index + found[0].length;
    if (found[2] === "m") paint(look, found[1] ?? "");
  }
  add(text.length);
  const level = LEVEL.exec(parts[0]?.text ?? "");
  if (!level || !parts[0]) return { level: "", parts };
  const place = level[2] ? `${level[2]}: ` : "";
  parts[0] = { ...parts[0], text: place + parts[0].text.slice(level[0].length) };
  return { level: level[1] ?? "", parts };
}

/**
 * Where in a text something is found. Expressions are left to the server, which needs the same time for
 * all of them: what it has found in this line is `known`.
 * @param {string} text @param {Sought | null} sought @param {[number, number] | undefined} known
 * @returns {[number, number][]}
 */
function places(text, sought, known) {
  if (known) return [known];
  if (!sought?.text || sought.isRegex) return [];
  const pattern = sought.text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  const found = [...text.matchAll(new RegExp(pattern, "giu"))].slice(0, MARKS_MAX);
  return found.map((match) => [match.index, match.index + match[0].length]);
}

/**
 * Adds the text of a line to an element, with what was looked for marked.
 * @param {Element} to @param {Shown} line @param {Sought | null} sought @param {[number, number]} [known]
 */
export function addText(to, line, sought, known) {
  if (line.level) {
    const level = document.createElement("b");
    level.textContent = line.level;
    to.append(level, " ");
  }
  const found = places(line.parts.map((part) => part.text).join(""), sought, known);
  let at = 0;
  for (const part of line.parts) {
    const within = part.look ? document.createElement("span") : to;
    if (within instanceof HTMLSpanElement) within.dataset.a = part.look;
    const end = at + part.text.length;
    let rest = at;
    for (const [from, until] of found) {
      const [first, behind] = [Math.max(from, at), Math.min(until, end)];
      if (first >= behind) continue;
      const mark = document.createElement("mark");
      mark.textContent = part.text.slice(first - at, behind - at);
      within.append(part.text.slice(rest - at, first - at), mark);
      rest = behind;
    }
    within.append(part.text.slice(rest - at));
    if (within !== to) to.append(within);
    at = end;
  }
}
