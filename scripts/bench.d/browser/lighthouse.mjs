// The scores of Lighthouse: {"port", "paths", "times"}.

import lighthouse from "lighthouse";
import { answer, asked, launched } from "./chromium.mjs";

const CATEGORIES = ["performance", "accessibility", "best-practices"];
const DEBUGGED_AT = 9_333;

const found = {};
for (const path of asked.paths) {
  found[path] = [];
  for (let no = 0; no < asked.times; no += 1) {
    const browser = await launched([`--remote-debugging-port=${DEBUGGED_AT}`]);
    const options = { port: DEBUGGED_AT, onlyCategories: CATEGORIES, logLevel: "error" };
    const result = await lighthouse(`http://127.0.0.1:${asked.port}${path}`, options);
    await browser.close();
    const { categories, audits } = result.lhr;
    const lost = CATEGORIES.flatMap((name) =>
      categories[name].auditRefs
        .filter(({ id, weight }) => weight > 0 && audits[id].score !== null && audits[id].score < 1)
        .map(({ id }) => `${id} ${audits[id].displayValue ?? ""}`.trim()),
    );
    const scores = Object.fromEntries(CATEGORIES.map((name) => [name, categories[name].score * 100]));
    found[path].push({ ...scores, lost });
  }
}
answer(found);
