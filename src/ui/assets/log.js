// @ts-check
// Follows a log: adds lines as they are logged, and keeps no more of them than can be looked at.

/** Lines that stay in the page. */
const LINES_MAX = 2000;

/** @param {{ seq: number, at: string, level: string, message: string, fields: Record<string, unknown> }} line @param {string} zone */
function shown(line, zone) {
  const item = document.createElement("li");
  item.id = `L${line.seq}`;
  item.dataset.s = { error: "error", warn: "warning" }[line.level] ?? "info";
  const link = document.createElement("a");
  link.href = `#L${line.seq}`;
  link.textContent = String(line.seq);
  const time = document.createElement("time");
  time.dateTime = line.at;
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, timeStyle: "medium" });
  time.textContent = format.format(Date.parse(line.at)) + line.at.slice(19, 23);
  const text = document.createElement("p");
  text.lang = "en";
  if (line.level === "error" || line.level === "warn") {
    const level = document.createElement("b");
    level.textContent = line.level.toUpperCase();
    text.append(level, " ");
  }
  text.append(line.message);
  const same = ["job.id", "trace_id", "span_id", "job.flow"];
  for (const [name, value] of Object.entries(line.fields)) {
    if (same.includes(name)) continue;
    const written = typeof value === "string" && !/\s/.test(value) ? value : JSON.stringify(value);
    text.append(` ${name}=${written}`);
  }
  item.append(link, time, text);
  return item;
}

/** @param {HTMLInputElement} box The box that says whether to follow. */
export function followLog(box) {
  const list = document.querySelector("#log");
  const path = box.dataset.follow;
  if (!list || !path) return;
  if (box.parentElement) box.parentElement.hidden = false;
  const zone = document.querySelector("#zone");
  const name = zone instanceof HTMLSelectElement ? zone.value : "UTC";
  const source = new EventSource(path);
  /** @param {MessageEvent<string>} event */
  const add = (event) => {
    list.querySelector(".note")?.remove();
    list.append(shown(JSON.parse(event.data), name));
    while (list.childElementCount > LINES_MAX) list.firstElementChild?.remove();
    if (box.checked) list.lastElementChild?.scrollIntoView({ block: "nearest" });
  };
  for (const level of ["error", "warn", "info", "debug", "trace"]) source.addEventListener(level, add);
}
