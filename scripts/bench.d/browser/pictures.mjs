// Takes pictures of pages: {"port", "pictures": [{"path", "file", "theme", "language", "width", "height",
// "choose"?}]}; `choose` is a file for the form of the page.

import { answer, asked, launched } from "./chromium.mjs";

const browser = await launched();
for (const one of asked.pictures) {
  const context = await browser.newContext({
    viewport: { width: one.width, height: one.height },
    colorScheme: one.theme,
    locale: one.language,
    timezoneId: "Asia/Taipei",
  });
  const page = await context.newPage();
  const url = `http://127.0.0.1:${asked.port}${one.path}`;
  // The first visit tells the server the zone of the browser.
  await page.goto(url, { waitUntil: "load" });
  await page.waitForTimeout(300);
  await page.goto(url, { waitUntil: "load" });
  await page.locator("#live:not([hidden])").waitFor({ timeout: 3_000 }).catch(() => null);
  await page.waitForTimeout(300);
  if (one.choose) {
    await page.setInputFiles("#file", one.choose);
    await page.locator("td[data-s=failed]").first().waitFor();
  }
  await page.screenshot({ path: one.file, animations: "disabled" });
  await context.close();
}
await browser.close();
answer({});
