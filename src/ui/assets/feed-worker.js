// @ts-check
// One connection for all pages of a browser: hears what happens to jobs and passes it on to them.

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 15000;

/** @type {Set<MessagePort>} */
const ports = new Set();
/** @type {EventSource | null} */
let source = null;
let isLive = false;
let pause = FIRST_PAUSE_MS;

/** @param {{ isLive: boolean } | { news: unknown }} message */
function tell(message) {
  for (const port of ports) port.postMessage(message);
}

/** @param {string} url @param {boolean} isAgain Whether something may have been missed. */
function connect(url, isAgain) {
  const opened = new EventSource(url);
  source = opened;
  opened.onopen = () => {
    pause = FIRST_PAUSE_MS;
    isLive = true;
    tell({ isLive });
    if (isAgain) tell({ news: { jobs: [], others: [], more: true } });
  };
  opened.onerror = () => {
    isLive = false;
    tell({ isLive });
    // Else the browser mends it, and says where it was.
    if (opened.readyState !== EventSource.CLOSED) return;
    source = null;
    setTimeout(() => {
      if (ports.size > 0 && !source) connect(url, true);
    }, pause);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  };
  opened.addEventListener("jobs", (event) => tell({ news: JSON.parse(event.data) }));
}

/** @param {MessagePort} port @param {{ open: string } | { close: true }} message */
function heard(port, message) {
  if ("close" in message) {
    ports.delete(port);
    if (ports.size > 0) return;
    source?.close();
    source = null;
    return;
  }
  ports.add(port);
  // Else it is told once that is known.
  if (isLive) port.postMessage({ isLive });
  if (!source) connect(message.open, false);
}

self.addEventListener("connect", (event) => {
  const port = /** @type {MessageEvent} */ (event).ports[0];
  if (port) port.onmessage = ({ data }) => heard(port, data);
});
