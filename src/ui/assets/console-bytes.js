// @ts-check
// The bytes of a log, of which a few chunks are kept: as many as somebody looks at.

/** Bytes of a chunk; a chunk begins at a multiple of it. */
const CHUNK = 128 * 1024;
const CHUNKS_MAX = 16;

/** @typedef {{ from: number, to: number }} Span Offsets of the first byte and behind the last one. */
/** @typedef {{ from: number, bytes: Uint8Array }} Chunk */

/** The log cannot be read; `isFinal`: trying again does not help. */
export class LogFault extends Error {
  /** @param {string} message @param {boolean} isFinal */
  constructor(message, isFinal) {
    super(message);
    this.isFinal = isFinal;
  }
}

/** What a refusal says, in the words of the server. @param {Response} answer */
async function faultOf(answer) {
  const said = await answer.json().catch(() => ({}));
  const isFinal = answer.status >= 400 && answer.status < 500 && answer.status !== 429;
  return new LogFault(typeof said.detail === "string" ? said.detail : `HTTP ${answer.status}`, isFinal);
}

/** @param {Uint8Array[]} parts */
export function joined(parts) {
  const [first, ...others] = parts;
  if (first && others.length === 0) return first;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

export class LogBytes {
  /** By their first offsets, those that were used last at the end. @type {Map<number, Uint8Array>} */
  #chunks = new Map();
  /** @type {Map<string, Promise<void>>} */
  #coming = new Map();
  /** Bytes that were written so far. */
  total = 0;
  /** What was dropped. @type {Span | null} */
  gap = null;
  /** Called when more was dropped. */
  hasDropped = () => {};

  /** @param {string} path Of the call. @param {string} attempt */
  constructor(path, attempt) {
    this.path = path;
    this.attempt = attempt;
  }

  /** @param {string | null | undefined} gap As the server writes it. */
  noteGap(gap) {
    const [, from, to] = /^(\d+)-(\d+)$/.exec(gap ?? "") ?? [];
    if (!from || !to || (this.gap?.from === Number(from) && this.gap.to >= Number(to))) return;
    this.gap = { from: Number(from), to: Number(to) };
    this.hasDropped();
  }

  /** @param {string} rest @param {Record<string, string | number | boolean>} parameters */
  address(rest, parameters = {}) {
    const query = new URLSearchParams({ attempt: this.attempt });
    for (const [name, value] of Object.entries(parameters)) query.set(name, String(value));
    return `${this.path}${rest}?${query}`;
  }

  /**
   * What another call says of the log.
   * @param {string} rest @param {Record<string, string | number | boolean>} parameters @param {AbortSignal | null} signal
   */
  async ask(rest, parameters = {}, signal = null) {
    const answer = await fetch(this.address(rest, parameters), { signal });
    if (!answer.ok) throw await faultOf(answer);
    return answer.json();
  }

  /** The bytes around an offset; null: there are none. @param {number} offset @returns {Promise<Chunk | null>} */
  async around(offset) {
    // What was dropped meanwhile is known by the answer.
    for (let tries = 0; tries < 3; tries += 1) {
      const span = this.#span(offset);
      if (!span) return null;
      const bytes = this.#chunks.get(span.from);
      const had = bytes?.byteLength ?? 0;
      if (bytes && offset < span.from + had) {
        this.#keep(span.from, bytes);
        return { from: span.from, bytes };
      }
      const key = `${span.from + had}-${span.to}`;
      const coming = this.#coming.get(key) ?? this.#fetch(span, bytes ?? new Uint8Array());
      this.#coming.set(key, coming);
      await coming.finally(() => this.#coming.delete(key));
    }
    return null;
  }

  /** Where the chunk with an offset begins and ends. @param {number} offset @returns {Span | null} */
  #span(offset) {
    const from = Math.floor(offset / CHUNK) * CHUNK;
    const span = { from, to: Math.min(from + CHUNK, this.total) };
    if (offset < 0 || offset >= span.to) return null;
    if (!this.gap) return span;
    if (offset < this.gap.from) return { from, to: Math.min(span.to, this.gap.from) };
    return offset < this.gap.to ? null : { from: Math.max(from, this.gap.to), to: span.to };
  }

  /** Reads what is missing of a chunk. @param {Span} span @param {Uint8Array} had */
  async #fetch(span, had) {
    const from = span.from + had.byteLength;
    const answer = await this.#range(`${from}-${span.to - 1}`);
    // All of it was dropped: the last byte tells how much there is.
    if (answer.status === 416) await (await this.#range("-1")).body?.cancel();
    const place = /^bytes (\d+)-\d+\/(\d+)$/.exec(answer.headers.get("Content-Range") ?? "");
    if (!place || Number(place[1]) !== from) return;
    const more = new Uint8Array(await answer.arrayBuffer());
    this.total = Math.max(this.total, Number(place[2]));
    this.#keep(span.from, joined([had, more]));
  }

  /** @param {string} range */
  async #range(range) {
    const answer = await fetch(this.address(""), { headers: { Range: `bytes=${range}` } });
    if (!answer.ok && answer.status !== 416) throw await faultOf(answer);
    this.noteGap(answer.headers.get("Console-Gap"));
    return answer;
  }

  /** @param {number} from @param {Uint8Array} bytes */
  #keep(from, bytes) {
    this.#chunks.delete(from);
    this.#chunks.set(from, bytes);
    for (const oldest of this.#chunks.keys()) {
      if (this.#chunks.size <= CHUNKS_MAX) break;
      this.#chunks.delete(oldest);
    }
  }
}
