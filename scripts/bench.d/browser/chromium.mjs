// What all of these scripts begin with: chromium, and what they are asked as JSON.

import { chromium } from "playwright-core";

export const asked = JSON.parse(process.argv[2] ?? "{}");

/** @returns Debian's chromium, without a window. */
export function launched(args = []) {
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", ...args] });
}

/** Prints the answer for the caller of the script. */
export function answer(found) {
  process.stdout.write(`${JSON.stringify(found)}\n`);
}
