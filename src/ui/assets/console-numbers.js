// @ts-check
// Numbers of lines: the first line is 1, and from a line whose number is known those of its neighbours
// follow. Behind a fold that is closed, or bytes that were dropped, they start anew with what the server has
// counted.

/** @typedef {import("./console-rows.js").Group} Group */
/** In the page; `number`: of its first line. @typedef {{ group: Group, elements: HTMLElement[], number: number | null }} Placed */

/** More are not kept. */
const KNOWN_MAX = 10_000;

export class LineNumbers {
  /** By the offsets of their lines. @type {Map<number, number>} */
  #known = new Map([[0, 1]]);

  /** @param {number} offset @param {number} number */
  set(offset, number) {
    if (this.#known.size > KNOWN_MAX) this.#known = new Map([[0, 1]]);
    this.#known.set(offset, number);
  }

  /** Gives rows that follow each other the numbers that are known. @param {Placed[]} rows */
  fill(rows) {
    let next = null;
    for (const row of rows) {
      row.number ??= next ?? this.#known.get(row.group.from) ?? null;
      next = sum(row.number, row.group.newlines);
    }
    let number = null;
    for (const row of [...rows].reverse()) {
      const { newlines } = row.group;
      row.number ??= newlines === null ? null : sum(number, -newlines);
      number = row.number;
    }
  }
}

/** @param {number | null} number @param {number | null} more */
function sum(number, more) {
  return number === null || more === null ? null : number + more;
}
