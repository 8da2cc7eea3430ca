// @ts-check
// A log as groups of rows, forwards and backwards from any offset: lines, headings of folds, what was
// dropped. A group begins at an offset, and the next one where it ends.

import { joined } from "./console-bytes.js";
import { isMarker } from "./console-text.js";

/** @typedef {import("./console-bytes.js").LogBytes} LogBytes */
/** @typedef {import("./console-bytes.js").Span} Span */
/**
 * @typedef {{
 *   name: string,
 *   depth: number,
 *   script: boolean,
 *   from: number,
 *   to: number | null,
 *   started_at: string,
 *   ended_at: string | null,
 * }} Fold As the server describes it.
 */
/** @typedef {{ kind: "line", offset: number, bytes: Uint8Array, isFirst: boolean }} LineRow `isFirst`: the line begins here. */
/** @typedef {{ kind: "fold", fold: Fold, isClosed: boolean }} FoldRow */
/** @typedef {{ kind: "gap", bytes: number }} GapRow */
/** @typedef {LineRow | FoldRow | GapRow} Row */
/** @typedef {Span & { rows: Row[], newlines: number | null }} Group `newlines`: null where nobody has counted. */

/** A line that is longer is shown in pieces. */
const PIECE = 8 * 1024;
/** How far back the beginning of a line is looked for. */
const LINE_MAX = 512 * 1024;

const NEWLINE = 10;

/** How many of a sorted list are at most so large. @param {number[]} sorted @param {number} value */
function countUpTo(sorted, value) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class LogRows {
  /** @type {Fold[]} */
  folds = [];
  /** By their first offsets. @type {Map<number, Fold[]>} */
  #heads = new Map();
  /** @type {Set<Fold>} */
  #closed = new Set();
  /** Where rows end although no line does. @type {number[]} */
  #bounds = [];
  /** Closed folds and what was dropped; none within another. @type {Span[]} */
  #hidden = [];

  /** @param {LogBytes} bytes */
  constructor(bytes) {
    this.bytes = bytes;
  }

  /** @param {Fold[]} folds @param {(fold: Fold) => boolean} isClosed Of one that was not known before. */
  setFolds(folds, isClosed) {
    const before = new Map(this.folds.map((fold) => [`${fold.from} ${fold.depth}`, this.#closed.has(fold)]));
    this.folds = folds;
    this.#closed = new Set(folds.filter((fold) => before.get(`${fold.from} ${fold.depth}`) ?? isClosed(fold)));
    this.#heads.clear();
    for (const fold of folds) this.#heads.set(fold.from, [...(this.#heads.get(fold.from) ?? []), fold]);
    this.refresh();
  }

  /** Must be called when more was dropped. */
  refresh() {
    const { gap, total } = this.bytes;
    const spans = [...this.#closed].map((fold) => ({ from: fold.from, to: fold.to ?? total }));
    if (gap) spans.push({ ...gap });
    spans.sort((one, other) => one.from - other.from || other.to - one.to);
    this.#hidden = [];
    for (const span of spans) {
      const last = this.#hidden.at(-1);
      if (!last || span.from >= last.to) this.#hidden.push(span);
      else last.to = Math.max(last.to, span.to);
    }
    const bounds = this.folds.flatMap((fold) => [fold.from, fold.to ?? total]);
    if (gap) bounds.push(gap.from, gap.to);
    this.#bounds = [...new Set(bounds)].sort((one, other) => one - other);
  }

  /** @param {Fold} fold @param {boolean} isClosed */
  setClosed(fold, isClosed) {
    if (isClosed) this.#closed.add(fold);
    else this.#closed.delete(fold);
    this.refresh();
  }

  /** Opens all folds around an offset; whether there were any. @param {number} offset */
  reveal(offset) {
    const around = [...this.#closed].filter((fold) => fold.from <= offset && offset < (fold.to ?? Infinity));
    for (const fold of around) this.#closed.delete(fold);
    if (around.length > 0) this.refresh();
    return around.length > 0;
  }

  /** Bytes that are not hidden, before an offset. @param {number} offset */
  shownBefore(offset) {
    let hidden = 0;
    for (const span of this.#hidden) {
      if (span.from >= offset) break;
      hidden += Math.min(span.to, offset) - span.from;
    }
    return offset - hidden;
  }

  /** The offset with so many shown bytes before it. @param {number} shown */
  offsetOf(shown) {
    let offset = shown;
    for (const span of this.#hidden) {
      if (span.from > offset) break;
      offset += span.to - span.from;
    }
    return offset;
  }

  /** @param {number} offset @returns {Span | undefined} */
  #hiddenAt(offset) {
    return this.#hidden.find((span) => span.from <= offset && offset < span.to);
  }

  /** The group that begins at an offset; null: the log ends there. @param {number} from @returns {Promise<Group | null>} */
  async at(from) {
    /** @type {Row[]} */
    const rows = [];
    const { gap, total } = this.bytes;
    if (from >= total) return null;
    if (gap && from >= gap.from && from < gap.to) {
      return { from, to: gap.to, rows: [{ kind: "gap", bytes: gap.to - gap.from }], newlines: null };
    }
    const heads = this.#heads.get(from) ?? [];
    for (const fold of heads) {
      const isClosed = this.#closed.has(fold);
      rows.push({ kind: "fold", fold, isClosed });
      if (!isClosed) continue;
      const to = this.#hiddenAt(from)?.to ?? total;
      return { from, to: Math.max(from + 1, to), rows, newlines: null };
    }
    const piece = await this.#piece(from);
    if (!piece) return null;
    const { bytes, isFirst, isLast } = piece;
    const isHidden = isFirst && this.folds.length > 0 && isMarker(bytes);
    if (!isHidden) rows.push({ kind: "line", offset: from, bytes, isFirst });
    return { from, to: from + bytes.byteLength, rows, newlines: isLast ? 1 : 0 };
  }

  /** The group that ends at an offset; null: the log begins there. @param {number} to @returns {Promise<Group | null>} */
  async before(to) {
    if (to <= 0) return null;
    const hidden = this.#hidden.find((span) => span.to === to) ?? this.#hiddenAt(to - 1);
    const from = hidden?.from ?? (await this.#startOfPiece(to));
    return this.at(from);
  }

  /** Where the row begins in which an offset is. @param {number} offset */
  async startOf(offset) {
    const within = Math.min(Math.max(offset, 0), this.bytes.total - 1);
    return this.#hiddenAt(within)?.from ?? (within < 0 ? 0 : this.#startOfPiece(within + 1));
  }

  /** The bytes from an offset on up to the end of the line, or as much as a row shows. @param {number} from */
  async #piece(from) {
    const bound = this.#bounds[countUpTo(this.#bounds, from)] ?? Infinity;
    const most = Math.min(from + PIECE, bound, this.bytes.total);
    /** @type {Uint8Array[]} */
    const parts = [];
    let [at, isLast] = [from, false];
    while (at < most && !isLast) {
      const chunk = await this.bytes.around(at);
      if (!chunk) break;
      const rest = chunk.bytes.subarray(at - chunk.from, most - chunk.from);
      const newline = rest.indexOf(NEWLINE);
      isLast = newline >= 0;
      parts.push(isLast ? rest.subarray(0, newline + 1) : rest);
      at += parts.at(-1)?.byteLength ?? 0;
    }
    if (at === from) return null;
    const bytes = joined(parts);
    // A character is not cut in two.
    const end = isLast || bytes.byteLength < PIECE ? at : await this.#cut(from + PIECE);
    return { bytes: bytes.subarray(0, end - from), isFirst: await this.#isFirst(from), isLast };
  }

  /** @param {number} offset */
  async #isFirst(offset) {
    return offset === 0 || offset === this.bytes.gap?.to || (await this.#byte(offset - 1)) === NEWLINE;
  }

  /** @param {number} offset */
  async #byte(offset) {
    const chunk = await this.bytes.around(offset);
    return chunk?.bytes[offset - chunk.from] ?? NEWLINE;
  }

  /** Where the character begins that is at an offset. @param {number} offset */
  async #cut(offset) {
    let at = offset;
    while (at > offset - 4 && ((await this.#byte(at)) & 0xc0) === 0x80) at -= 1;
    return at > offset - 4 ? at : offset;
  }

  /** Where the piece of a line begins that ends at an offset. @param {number} to */
  async #startOfPiece(to) {
    const bound = this.#bounds[countUpTo(this.#bounds, to - 1) - 1] ?? 0;
    const least = Math.max(bound, to - LINE_MAX, 0);
    let line = least;
    let isFound = least === bound || least === 0;
    // The last byte may be the newline of the line itself.
    for (let at = to - 2; at >= least; ) {
      const chunk = await this.bytes.around(at);
      if (!chunk) break;
      const newline = chunk.bytes.lastIndexOf(NEWLINE, at - chunk.from);
      if (newline >= 0) {
        line = Math.max(least, chunk.from + newline + 1);
        isFound = true;
        break;
      }
      at = chunk.from - 1;
    }
    if (!isFound) line = Math.floor(line / PIECE) * PIECE;
    while (to - line > PIECE) line = await this.#cut(line + PIECE);
    return line;
  }
}
