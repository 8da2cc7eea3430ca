// A long log in one tab: {"port", "path", "first", "last", "word", "found", "times"}.
//
// `first` and `last` are texts of lines at both ends of the log, `word` is looked for, and `found` is
// the number of lines that have it, as the page says it.

import { readFileSync } from "node:fs";
import { answer, asked, launched } from "./chromium.mjs";

const url = `http://127.0.0.1:${asked.port}${asked.path}`;
const PATIENCE_MS = 20_000;

/** Runs in the page: the time at which a text was painted in what is seen of it; null: it never was. */
function painted({ text, patience }) {
  return new Promise((resolve) => {
    const until = performance.now() + patience;
    const isSeen = (element) => {
      const box = element.getBoundingClientRect();
      return box.height > 0 && box.bottom > 0 && box.top < innerHeight;
    };
    const look = () => {
      // It is not there yet while the page comes.
      const main = document.querySelector("main") ?? document;
      const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (!node.textContent.includes(text) || !isSeen(node.parentElement)) continue;
        // What changed in this frame is painted at its end.
        requestAnimationFrame(() => resolve(performance.now()));
        return;
      }
      if (performance.now() > until) resolve(null);
      else requestAnimationFrame(look);
    };
    look();
  });
}

/** What only the processes of pages have in memory, in MiB. */
async function privateMemory(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const sizes = processInfo
    .filter(({ type }) => type === "renderer")
    .map(({ id }) =>
      [...readFileSync(`/proc/${id}/smaps_rollup`, "utf8").matchAll(/^Private_\w+: +(\d+)/gm)].reduce(
        (sum, [, kib]) => sum + Number(kib) / 1024,
        0,
      ),
    );
  return Math.max(...sizes);
}

/** @returns Whether there is more to measure. */
async function once(browser, found) {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
  const now = () => page.evaluate(() => performance.now());
  /** Notes when a text was shown, since a moment. */
  const note = async (times, began, text) => {
    const at = await page.evaluate(painted, { text, patience: PATIENCE_MS });
    times.push(at === null ? null : at - began);
    return at !== null;
  };
  await page.goto(url, { waitUntil: "commit" });
  if (!(await note(found.first, 0, asked.first))) return false;
  await page.waitForLoadState("load");
  await page.locator("#log").focus();
  let began = await now();
  await page.keyboard.press("End");
  if (!(await note(found.end, began, asked.last))) return false;
  const field = page.locator("main input[type=search]");
  await field.fill(asked.word);
  began = await now();
  await field.press("Enter");
  if (!(await note(found.search, began, asked.found))) return false;
  // Through all of it, as somebody does who drags the bar.
  await page.evaluate(async () => {
    const log = document.querySelector("#log");
    const box = log.closest(".scroll") ?? log;
    for (let part = 0; part <= 40; part += 1) {
      box.scrollTop = (box.scrollHeight * part) / 40;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
  found.memory.push(await privateMemory(browser));
  found.elements.push(await page.evaluate(() => document.querySelectorAll("*").length));
  return true;
}

const found = { first: [], end: [], search: [], memory: [], elements: [] };
for (let no = 0, isGoing = true; no < asked.times && isGoing; no += 1) {
  const browser = await launched();
  isGoing = await once(browser, found);
  await browser.close();
}
answer(found);
