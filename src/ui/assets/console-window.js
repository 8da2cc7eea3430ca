// @ts-check
// A window over a log: only the rows around what is seen are in the page.
//
// The bar stands for the bytes of the whole log. Near what is seen, rows lie one below the other and the
// browser scrolls by itself; farther away, the place of the bar says at which byte to read on. The two
// drift apart, as lines are not equally long: once nobody scrolls, rows and bar are moved together so that
// the bar tells the place again and nothing moves on the screen.

import { LineNumbers } from "./console-numbers.js";

/** @typedef {import("./console-rows.js").Group} Group */
/** @typedef {import("./console-rows.js").LogRows} LogRows */
/** @typedef {import("./console-numbers.js").Placed} Placed */

/** No taller: browsers do not scroll farther. */
const HEIGHT_MAX = 6_000_000;
/** Of a row that is not wrapped, until some have been seen. */
const ROW_PX = 24;
const ROW_BYTES = 60;
/** What follows farther behind is not added row by row. */
const FAR_BYTES = 8 * 1024;
/** Groups that are added at once. */
const STEP = 20;
/** What is kept above and below, in heights of the window. */
const AHEAD = 1;
const KEPT = 3;
/** Farther from the rows than this the bar says where to read on; until there they are added one by one. */
const FAR = 6;
/** How long the bar rests until it is put right, and until a place is read that it was taken to. */
const REST_MS = 150;
const LEAP_MS = 40;

const KNOWS_END = "onscrollend" in window;

export class LogWindow {
  /** In the page. @type {Placed[]} */
  placed = [];
  /** Where the rows begin, in pixels. */
  #top = 0;
  #height = 0;
  /** What is done for an earlier place is given up. */
  #turn = 0;
  /** @type {{ turn: number, done: Promise<void> } | null} */
  #filling = null;
  #mayRest = 0;
  #numbers = new LineNumbers();

  /**
   * @param {HTMLElement} box It scrolls. @param {HTMLElement} list
   * @param {LogRows} rows
   * @param {{
   *   draw: (group: Group) => HTMLElement[],
   *   count: (placed: Placed) => void,
   *   wait: () => HTMLElement,
   *   moved: () => void,
   *   left: () => void,
   *   failed: (error: unknown) => void,
   * }} page
   */
  constructor(box, list, rows, page) {
    this.box = box;
    this.list = list;
    this.rows = rows;
    this.page = page;
    this.run = document.createElement("div");
    this.run.className = "run";
    list.replaceWith(this.run);
    this.run.append(list);
    box.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    box.addEventListener("scrollend", () => this.#rest());
    new ResizeObserver(() => this.#scrolled()).observe(box);
  }

  get #view() {
    return this.box.clientHeight;
  }

  /** Bytes that can be shown. */
  get #bytes() {
    return this.rows.shownBefore(this.rows.bytes.total);
  }

  get isAtStart() {
    return (this.placed[0]?.group.from ?? 0) === 0;
  }

  get isAtEnd() {
    return (this.placed.at(-1)?.group.to ?? 0) >= this.rows.bytes.total;
  }

  /** Whether the last row is seen. */
  get seesEnd() {
    const { scrollTop } = this.box;
    return this.isAtEnd && this.#top + this.list.offsetHeight <= scrollTop + this.#view + ROW_PX;
  }

  /** The rows that are seen: the first and the last. @returns {[Placed, Placed] | null} */
  get seen() {
    const from = this.box.scrollTop - this.#top;
    const inside = this.placed.filter(({ elements }) => {
      const [first, last] = [elements[0], elements.at(-1)];
      return first && last && last.offsetTop + last.offsetHeight > from && first.offsetTop < from + this.#view;
    });
    const [first, last] = [inside[0], inside.at(-1)];
    return first && last ? [first, last] : null;
  }

  /**
   * Shows the log from the row on in which an offset is.
   * @param {number} offset @param {number} above With this share of the window above it.
   */
  async show(offset, above = 0) {
    const turn = ++this.#turn;
    const start = await this.rows.startOf(offset);
    const fresh = await this.#forward(start, STEP);
    if (turn !== this.#turn) return;
    this.#replace(fresh);
    this.#lay(this.#ideal());
    this.box.scrollTop = this.#top;
    await this.#fill(turn);
    if (turn !== this.#turn) return;
    const shown = this.placed.find(({ group }) => group.from === start);
    this.box.scrollTop = this.#top + (shown?.elements[0]?.offsetTop ?? 0) - this.#view * above;
    await this.#fill(turn);
  }

  /** Shows the end of the log. */
  async showEnd() {
    const turn = ++this.#turn;
    let fresh = await this.#backward(this.rows.bytes.total, 2 * STEP);
    // What was at the end has been dropped meanwhile; there is another end.
    if (fresh.length === 0) fresh = await this.#backward(this.rows.bytes.total, 2 * STEP);
    if (turn !== this.#turn) return;
    this.#replace(fresh);
    this.#size();
    this.#lay(this.#height - this.list.offsetHeight);
    this.box.scrollTop = this.#height;
    await this.#fill(turn);
    if (turn === this.#turn) this.box.scrollTop = this.#height;
  }

  /** Draws the rows again: what they are made of has changed. */
  async redraw() {
    const first = this.seen?.[0];
    if (!first) return this.show(0);
    const shift = this.box.scrollTop - this.#top - (first.elements[0]?.offsetTop ?? 0);
    await this.show(first.group.from);
    this.box.scrollTop += shift;
  }

  /** More has been written. @param {boolean} follows */
  async grow(follows) {
    const turn = (this.#turn ||= 1);
    const last = this.placed.at(-1);
    if (follows && this.rows.bytes.total - (last?.group.to ?? 0) > FAR_BYTES) {
      await this.showEnd();
      return;
    }
    if (last && last.group.newlines !== 1) {
      // The line that has become longer is drawn anew.
      this.placed.pop();
      for (const element of last.elements) element.remove();
    }
    const end = this.placed.at(-1);
    const from = end?.group.to ?? last?.group.from ?? 0;
    if (follows) {
      const groups = await this.#forward(from, FAR_BYTES);
      if (turn !== this.#turn) return;
      if (end === this.placed.at(-1)) this.#append(groups);
      this.#align();
      this.box.scrollTop = this.#top + this.list.offsetHeight;
    }
    await this.#fill(turn, from);
  }

  /** What has been counted. @param {number} offset @param {number} number */
  setNumber(offset, number) {
    this.#numbers.set(offset, number);
    this.#count();
  }

  /** The first row whose number is not known. */
  get uncounted() {
    const isLine = (/** @type {Group} */ group) => group.rows.some((row) => row.kind === "line" && row.isFirst);
    return this.placed.find(({ number, group }) => number === null && isLine(group)) ?? null;
  }

  #count() {
    this.#numbers.fill(this.placed);
    for (const placed of this.placed) this.page.count(placed);
  }

  /** @param {number} from @param {number} count */
  async #forward(from, count) {
    /** @type {Group[]} */
    const groups = [];
    for (let at = from; groups.length < count; ) {
      const group = await this.rows.at(at);
      if (!group) break;
      groups.push(group);
      at = group.to;
    }
    return groups;
  }

  /** @param {number} to @param {number} count */
  async #backward(to, count) {
    /** @type {Group[]} */
    const groups = [];
    for (let at = to; groups.length < count; ) {
      const group = await this.rows.before(at);
      // A group ends where the next one begins, unless something was dropped meanwhile.
      if (!group || group.from >= at) break;
      groups.unshift(group);
      at = group.from;
    }
    return groups;
  }

  /** @param {Group[]} groups @returns {Placed[]} */
  #drawn(groups) {
    return groups.map((group) => ({ group, elements: this.page.draw(group), number: null }));
  }

  /** @param {Group[]} groups */
  #replace(groups) {
    this.placed = this.#drawn(groups);
    this.list.replaceChildren(...this.placed.flatMap(({ elements }) => elements));
    this.#count();
    this.#size();
  }

  /** How tall the whole log is, as far as is known. */
  #size() {
    const bytes = this.#bytes;
    const shown = this.#placedBytes;
    const whole = this.isAtStart && this.isAtEnd;
    const guess = shown > 0 ? this.list.offsetHeight / shown : ROW_PX / ROW_BYTES;
    const height = whole ? this.list.offsetHeight : Math.max(this.list.offsetHeight + 4 * this.#view, bytes * guess);
    // It stays as it is unless it is far from what it should be: the bar does not jump.
    if (whole || height > this.#height * 1.5 || height < this.#height / 2) this.#height = Math.min(height, HEIGHT_MAX);
    this.run.style.height = `${this.#height}px`;
  }

  /** Of the rows in the page. */
  get #placedBytes() {
    const [first, last] = [this.placed[0], this.placed.at(-1)];
    return first && last ? this.rows.shownBefore(last.group.to) - this.rows.shownBefore(first.group.from) : 0;
  }

  /** Where the rows would have to begin for the bar to tell the place. */
  #ideal() {
    const tall = this.list.offsetHeight;
    if (this.isAtStart) return 0;
    if (this.isAtEnd) return this.#height - tall;
    const first = this.placed[0];
    const last = this.placed.at(-1);
    if (!first || !last) return 0;
    const before = this.rows.shownBefore(first.group.from);
    const behind = this.#bytes - this.rows.shownBefore(last.group.to);
    const room = this.#height - tall;
    const top = (room * before) / Math.max(1, before + behind);
    // There is something to scroll to on both sides.
    return Math.min(Math.max(top, Math.min(2 * this.#view, room / 2)), room - Math.min(2 * this.#view, room / 2));
  }

  /** @param {number} top Where the rows begin. */
  #lay(top) {
    this.#top = top;
    this.list.style.top = `${top}px`;
  }

  /** Puts the bar right. What is seen stays where it is. */
  #align() {
    const seen = this.box.scrollTop - this.#top;
    this.#size();
    this.#lay(this.#ideal());
    const top = this.#top + seen;
    if (Math.abs(this.box.scrollTop - top) >= 1) this.box.scrollTop = top;
  }

  /**
   * Adds rows until there are enough around what is seen.
   * @param {number} turn @param {number} [from] Where there are none yet.
   */
  #fill(turn, from = 0) {
    if (this.#filling?.turn === turn) return this.#filling.done;
    const filling = { turn, done: Promise.resolve() };
    this.#filling = filling;
    filling.done = this.#add(turn, from)
      .catch((error) => this.page.failed(error))
      .finally(() => {
        if (this.#filling === filling) this.#filling = null;
      });
    return filling.done;
  }

  /** @param {number} turn @param {number} from */
  async #add(turn, from) {
    for (;;) {
      const view = this.#view;
      const top = this.box.scrollTop;
      const bottom = this.#top + this.list.offsetHeight;
      if (bottom < top + (1 + AHEAD) * view && !this.isAtEnd) {
        const last = this.placed.at(-1);
        const groups = await this.#forward(last?.group.to ?? from, STEP);
        if (turn !== this.#turn) return;
        // Others may have added rows meanwhile.
        if (last !== this.placed.at(-1)) continue;
        if (groups.length === 0) break;
        this.#append(groups);
      } else if (this.#top > top - AHEAD * view && !this.isAtStart) {
        const first = this.placed[0];
        const groups = await this.#backward(first?.group.from ?? from, STEP);
        if (turn !== this.#turn) return;
        if (first !== this.placed[0]) continue;
        if (groups.length === 0) break;
        this.#prepend(groups);
      } else break;
    }
    const isOff = (this.isAtStart && this.#top !== 0) || (this.isAtEnd && this.#top + this.list.offsetHeight !== this.#height);
    if (isOff) this.#align();
    this.page.moved();
  }

  /** @param {Group[]} groups */
  #append(groups) {
    const drawn = this.#drawn(groups);
    this.placed.push(...drawn);
    this.list.append(...drawn.flatMap(({ elements }) => elements));
    const enough = this.box.scrollTop - this.#top - KEPT * this.#view;
    const tall = this.list.offsetHeight;
    const kept = this.placed.findIndex(({ elements }) => (elements[0]?.offsetTop ?? 0) > enough);
    for (const { elements } of this.placed.splice(0, Math.max(0, kept))) for (const element of elements) element.remove();
    this.#lay(this.#top + tall - this.list.offsetHeight);
    this.#count();
  }

  /** @param {Group[]} groups */
  #prepend(groups) {
    const tall = this.list.offsetHeight;
    const drawn = this.#drawn(groups);
    this.placed.unshift(...drawn);
    this.list.prepend(...drawn.flatMap(({ elements }) => elements));
    this.#lay(this.#top - (this.list.offsetHeight - tall));
    const enough = this.box.scrollTop - this.#top + (KEPT + 1) * this.#view;
    const kept = this.placed.findIndex(({ elements }) => (elements[0]?.offsetTop ?? 0) > enough);
    if (kept > 0) for (const { elements } of this.placed.splice(kept)) for (const element of elements) element.remove();
    this.#count();
    if (this.#top < 0) this.#align();
  }

  #scrolled() {
    // Nothing has been shown yet.
    if (this.#turn === 0) return;
    const top = this.box.scrollTop;
    const far = FAR * this.#view;
    const isOutside = top + far < this.#top || top > this.#top + this.list.offsetHeight + far;
    if (isOutside) void this.#leap();
    else void this.#fill(this.#turn);
    window.clearTimeout(this.#mayRest);
    if (!KNOWS_END) this.#mayRest = window.setTimeout(() => this.#rest(), REST_MS);
  }

  /** The bar was taken farther than there are rows. */
  async #leap() {
    const top = this.box.scrollTop;
    const turn = ++this.#turn;
    const share = top / Math.max(1, this.#height - this.#view);
    const seen = (this.#view / Math.max(1, this.list.offsetHeight)) * this.#placedBytes;
    const offset = this.rows.offsetOf(Math.floor(Math.min(share, 1) * Math.max(0, this.#bytes - seen)));
    this.page.left();
    this.placed = [];
    this.list.replaceChildren(this.page.wait());
    this.#lay(top);
    await new Promise((resolve) => setTimeout(resolve, LEAP_MS));
    if (turn !== this.#turn) return;
    try {
      const fresh = await this.#forward(await this.rows.startOf(offset), 2 * STEP);
      if (turn !== this.#turn) return;
      // It was dropped meanwhile.
      if (fresh.length === 0) {
        await this.showEnd();
        return;
      }
      this.placed = this.#drawn(fresh);
      this.list.replaceChildren(...this.placed.flatMap(({ elements }) => elements));
      this.#count();
      this.#lay(this.box.scrollTop);
    } catch (error) {
      this.page.failed(error);
    }
    await this.#fill(turn);
  }

  #rest() {
    if (this.placed.length > 0 && !this.#filling) this.#align();
  }
}
