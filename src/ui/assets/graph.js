// @ts-check
// Moves and scales the picture of a graph; without it the picture scrolls as it is.

const STEP = 1.25;
const SMALLEST = 0.1;
const LARGEST = 3;

/** @param {HTMLElement} frame @param {Element | null} tools */
function moveGraph(frame, tools) {
  let scale = 1;
  const picture = () => frame.querySelector("svg");
  /** @param {SVGSVGElement} svg @returns {[number, number]} */
  const size = (svg) => [svg.viewBox.baseVal.width, svg.viewBox.baseVal.height];

  const apply = () => {
    const svg = picture();
    if (!svg) return;
    const [width, height] = size(svg);
    svg.setAttribute("width", String(Math.round(width * scale)));
    svg.setAttribute("height", String(Math.round(height * scale)));
  };
  /** @param {number} to @param {number} x @param {number} y Where what is seen stays, in the frame. */
  const zoom = (to, x, y) => {
    const before = scale;
    scale = Math.min(LARGEST, Math.max(SMALLEST, to));
    apply();
    frame.scrollLeft = ((frame.scrollLeft + x) * scale) / before - x;
    frame.scrollTop = ((frame.scrollTop + y) * scale) / before - y;
  };
  const middle = () => /** @type {[number, number]} */ ([frame.clientWidth / 2, frame.clientHeight / 2]);
  const fit = () => {
    const svg = picture();
    if (!svg) return;
    const [width] = size(svg);
    zoom(Math.min(1, frame.clientWidth / Math.max(1, width)), 0, 0);
  };

  for (const button of tools?.querySelectorAll("[data-zoom]") ?? []) {
    button.addEventListener("click", () => {
      const kind = button.getAttribute("data-zoom");
      if (kind === "fit") fit();
      else zoom(kind === "in" ? scale * STEP : scale / STEP, ...middle());
    });
  }
  if (tools instanceof HTMLElement) tools.hidden = false;

  frame.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const box = frame.getBoundingClientRect();
      zoom(scale * Math.exp(-event.deltaY / 300), event.clientX - box.left, event.clientY - box.top);
    },
    { passive: false },
  );

  /** Where the pointer was, and what was seen then. @type {{ x: number, y: number, left: number, top: number } | null} */
  let held = null;
  let hasMoved = false;
  frame.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.pointerType === "touch") return;
    held = { x: event.clientX, y: event.clientY, left: frame.scrollLeft, top: frame.scrollTop };
    hasMoved = false;
  });
  addEventListener("pointermove", (event) => {
    if (!held) return;
    const [x, y] = [event.clientX - held.x, event.clientY - held.y];
    hasMoved ||= Math.abs(x) + Math.abs(y) > 4;
    if (!hasMoved) return;
    frame.scrollLeft = held.left - x;
    frame.scrollTop = held.top - y;
  });
  addEventListener("pointerup", () => {
    held = null;
  });
  // Letting go after a move is no click on a box.
  frame.addEventListener(
    "click",
    (event) => {
      if (hasMoved) event.preventDefault();
      hasMoved = false;
    },
    true,
  );
  frame.addEventListener("dragstart", (event) => event.preventDefault());
  frame.addEventListener("kept", apply);
}

export function moveGraphs() {
  const tools = document.querySelector("[data-graph-tools]");
  for (const frame of document.querySelectorAll("[data-graph]")) {
    if (frame instanceof HTMLElement) moveGraph(frame, tools);
  }
}
