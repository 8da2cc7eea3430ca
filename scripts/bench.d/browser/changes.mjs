// How soon an open list shows that a job has ended, and a pop-up says so: {"port", "service", "rounds"}.
// The jobs are tasks for outside workers, for they end as soon as somebody says that they have.

import { answer, asked, launched } from "./chromium.mjs";

const ROWS = 50;
const base = `http://127.0.0.1:${asked.port}`;

/** Runs in the page: when each row changed, and each pop-up came, in milliseconds since 1970. */
function watch() {
  window.seen = { rows: {}, popUps: {} };
  const now = () => performance.timeOrigin + performance.now();
  const look = () => {
    for (const row of document.querySelectorAll("table.jobs tbody tr")) {
      const state = row.querySelector(".st [data-s]")?.getAttribute("data-s");
      if (state === "succeeded") window.seen.rows[row.id.slice(1)] ??= now();
    }
    for (const link of document.querySelectorAll(".toasts a[href*='/jobs/']")) {
      const id = /[0-9a-f]{32}/.exec(link.getAttribute("href") ?? "")?.[0];
      if (id) window.seen.popUps[id] ??= now();
    }
  };
  addEventListener("DOMContentLoaded", () =>
    new MutationObserver(look).observe(document.body, {
      subtree: true,
      childList: true,
      attributes: true,
      characterData: true,
    }),
  );
}

async function call(path, body) {
  const options = body && {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  const response = await fetch(base + path, options);
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  const text = await response.text();
  return text ? JSON.parse(text) : null;
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const browser = await launched();
const found = { rows: [], popUps: [] };
for (let round = 0; round < asked.rounds; round += 1) {
  const tasks = [];
  for (let no = 0; no < ROWS; no += 1) {
    const path = `/v1/dispatch/${asked.service}/tasks`;
    const { task_id: task } = await call(path, { condition: { keyword: `live ${no}` } });
    // Who creates a task is not told of its end unless he follows it.
    await call(`/v1/jobs/${task.split("_").at(-1)}/follow`, {});
    tasks.push(task);
  }
  const leases = new Map();
  while (leases.size < ROWS) {
    const { tasks: leased } = await call(`/v1/dispatch/${asked.service}/lease`, { max: 10, wait_s: 5 });
    for (const one of leased) leases.set(one.task_id, one.lease);
  }
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.addInitScript(watch);
  await page.goto(`${base}/jobs`, { waitUntil: "load" });
  await page.locator("#live[data-s=succeeded]").waitFor();
  const ids = [];
  for (const task of tasks) {
    // At no beat that the page might have, too.
    await sleep(300 + Math.random() * 700);
    const end = { task_id: task, lease: leases.get(task), status: "finished", result: {} };
    await call(`/v1/dispatch/${asked.service}/complete`, end);
    ids.push(task.split("_").at(-1));
  }
  await sleep(3000);
  const seen = await page.evaluate("window.seen");
  for (const id of ids) {
    const ended = Date.parse((await call(`/v1/jobs/${id}`)).ended_at);
    for (const what of ["rows", "popUps"]) {
      const at = seen[what][id];
      found[what].push(at ? at - ended : null);
    }
  }
  await context.close();
}
await browser.close();
answer(found);
