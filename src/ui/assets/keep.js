// @ts-check
// Keeps the parts of a page that say so up to date: the page is fetched again, and what differs is
// put in its place. What is being used stays as it is.

import { fetched, show } from "./live.js";
import { refreshTimes } from "./times.js";

const LOOK_MS = 3000;
/** While something on the page moves. */
const FAST_MS = 1000;
const LONGEST_PAUSE_MS = 30000;

/** @param {Document} fresh */
function update(fresh) {
  for (const part of document.querySelectorAll("[data-keep]")) {
    const name = part.getAttribute("data-keep") ?? "";
    const other = fresh.querySelector(`[data-keep="${CSS.escape(name)}"]`);
    if (!other || part.innerHTML === other.innerHTML) continue;
    if (part.contains(document.activeElement) || part.querySelector("details[open], input:checked")) continue;
    part.innerHTML = other.innerHTML;
    part.dispatchEvent(new CustomEvent("kept"));
  }
}

/** Looks again and again while the page is seen, less often while it cannot be reached. */
export function keepParts() {
  if (!document.querySelector("[data-keep]")) return;
  const usual = () => (document.querySelector("[data-keep-fast]") ? FAST_MS : LOOK_MS);
  let pause = usual();
  const look = async () => {
    if (!document.hidden) {
      const began = performance.now();
      const fresh = await fetched();
      show(fresh !== null);
      // A page that takes long is asked for less often.
      const cost = Math.max(usual(), (performance.now() - began) * 10);
      pause = Math.min(fresh ? cost : pause * 2, LONGEST_PAUSE_MS);
      if (fresh) {
        update(fresh);
        refreshTimes();
      }
    }
    setTimeout(look, pause);
  };
  setTimeout(look, pause);
}
