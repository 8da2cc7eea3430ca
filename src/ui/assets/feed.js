// @ts-check
// What happens to jobs, as it happens: over one connection for all pages where the browser can share it.

/**
 * @typedef {{ job_id: string, flow: string, queue: string, started_by: string | null,
 *   state: string, waiting: string | null, error: string | null, started_at: string | null, ended_at: string | null, kinds: string[] }} Change
 * @typedef {{ jobs: Change[], others: string[], more: boolean }} News
 */

/** @param {(isLive: boolean) => void} onState @param {(news: News) => void} onNews */
export function listen(onState, onNews) {
  const url = (document.body.dataset.jobs ?? "/jobs").replace(/\/jobs$/, "/v1/events");
  const port = sharedPort();
  if (!port) {
    listenAlone(url, onState, onNews);
    return;
  }
  port.onmessage = ({ data }) => {
    if ("isLive" in data) onState(data.isLive);
    else onNews(data.news);
  };
  const open = () => port.postMessage({ open: new URL(url, location.href).href });
  open();
  addEventListener("pagehide", () => port.postMessage({ close: true }));
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    // It was away for a while.
    open();
    onNews({ jobs: [], others: [], more: true });
  });
}

/** @returns {MessagePort | null} Of the worker that all pages share. */
function sharedPort() {
  if (typeof SharedWorker !== "function") return null;
  try {
    return new SharedWorker(new URL("./feed-worker.js", import.meta.url), { name: "audience" }).port;
  } catch {
    return null;
  }
}

/** @param {string} url @param {(isLive: boolean) => void} onState @param {(news: News) => void} onNews */
function listenAlone(url, onState, onNews) {
  const AGAIN_MS = 5000;
  const source = new EventSource(url);
  source.onopen = () => onState(true);
  source.onerror = () => {
    onState(false);
    if (source.readyState === EventSource.CLOSED) setTimeout(() => listenAlone(url, onState, onNews), AGAIN_MS);
  };
  source.addEventListener("jobs", (event) => onNews(JSON.parse(event.data)));
}
