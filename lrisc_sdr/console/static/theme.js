// SPDX-License-Identifier: MIT
// Colours of the style sheet for what is drawn on canvases, and when drawing is due.

const style = getComputedStyle(document.documentElement);
export const colour = (name) => style.getPropertyValue(`--${name}`).trim();

const still = matchMedia("(prefers-reduced-motion: reduce)");
const STILL_MS = 1000;
const painters = [];

// Call `draw` at most once a frame after each call of what this returns; once a second where motion is not wanted.
export function painter(draw) {
  let due = false, drawn = -STILL_MS;
  const paint = () => {
    due = false;
    drawn = performance.now();
    draw();
  };
  const ask = () => {
    if (due) return;
    due = true;
    const wait = still.matches ? Math.max(0, drawn + STILL_MS - performance.now()) : 0;
    if (wait > 0) setTimeout(paint, wait);
    else requestAnimationFrame(paint);
  };
  painters.push(ask);
  return ask;
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => painters.forEach((ask) => ask()));

// Keeps a canvas as many pixels large as it is shown, and its context in CSS pixels.
export function fitted(canvas, ask) {
  const context = canvas.getContext("2d");
  const fit = () => {
    const ratio = window.devicePixelRatio || 1;
    const { width, height } = canvas.getBoundingClientRect();
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    ask();
  };
  new ResizeObserver(fit).observe(canvas);
  return () => {
    const ratio = canvas.width / (canvas.clientWidth || 1) || 1;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
    context.font = "11px system-ui, sans-serif";
    return { context, width: canvas.clientWidth, height: canvas.clientHeight };
  };
}

export const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
export const number = (value, digits) => (value === null || value === undefined ? "–" : value.toFixed(digits).replace("-", "−"));
