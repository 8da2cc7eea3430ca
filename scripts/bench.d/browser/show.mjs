// How soon pages are shown, and how many bytes come for them: {"port", "paths", "visits"}.

import net from "node:net";
import { answer, asked, launched } from "./chromium.mjs";

/** From the beginning of the navigation until the largest part of the page was painted. */
const SHOWN = `new Promise((resolve) => {
  const found = { shown: 0, first: 0 };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) found.shown = Math.max(found.shown, entry.startTime);
  }).observe({ type: "largest-contentful-paint", buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntriesByName("first-contentful-paint")) found.first = entry.startTime;
  }).observe({ type: "paint", buffered: true });
  setTimeout(() => resolve(found), 300);
})`;

/** Passes bytes on and counts those of the server. */
function counting(port) {
  const counted = { bytes: 0, connections: 0 };
  const proxy = net.createServer((client) => {
    counted.connections += 1;
    const server = net.connect(port, "127.0.0.1");
    server.on("data", (data) => (counted.bytes += data.length));
    client.pipe(server).pipe(client);
    const end = () => {
      client.destroy();
      server.destroy();
    };
    client.on("error", end);
    server.on("error", end);
  });
  return new Promise((resolve) =>
    proxy.listen(0, "127.0.0.1", () => resolve({ proxy, counted, port: proxy.address().port })),
  );
}

async function visit(page, url) {
  const said = [];
  page.on("console", (message) => message.type() === "error" && said.push(message.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  await page.goto(url, { waitUntil: "load" });
  const found = await page.evaluate(SHOWN);
  if (said.length > 0) throw new Error(`${url}: ${said.join("; ")}`);
  return found;
}

const browser = await launched();
const found = {};
for (const path of asked.paths) {
  const one = { cold: [], warm: [], bytes: 0, again: 0 };
  const url = `http://127.0.0.1:${asked.port}${path}`;
  for (let no = 0; no < asked.visits; no += 1) {
    const context = await browser.newContext();
    const page = await context.newPage();
    one.cold.push(await visit(page, url));
    // As somebody comes back from another page.
    await visit(page, `http://127.0.0.1:${asked.port}/schedules`);
    one.warm.push(await visit(page, url));
    await context.close();
  }
  const counted = await counting(asked.port);
  const context = await browser.newContext();
  const page = await context.newPage();
  await visit(page, `http://127.0.0.1:${counted.port}${path}`);
  one.bytes = counted.counted.bytes;
  await visit(page, `http://127.0.0.1:${counted.port}${path}`);
  one.again = counted.counted.bytes - one.bytes;
  one.connections = counted.counted.connections;
  await context.close();
  counted.proxy.close();
  found[path] = one;
}
await browser.close();
answer(found);
