// SPDX-License-Identifier: MIT
// Rows of power over frequency, the newest on top.

import { bytes, colour, fitted, painter } from "./theme.js";

const BINS = 512, ROWS = 240;
const LOWEST_DBFS = -110, STEP_DB = 0.5;
const LEFT = 50, BOTTOM = 30, TOP = 4, RIGHT = 8;
// matplotlib's viridis (CC0) at nine places.
const VIRIDIS = [[68, 1, 84], [72, 40, 120], [62, 73, 137], [49, 104, 142], [38, 130, 142], [31, 158, 137], [53, 183, 121], [110, 206, 88], [181, 222, 43], [253, 231, 37]];

function table(low, high) {
  const colours = new Uint32Array(256);
  for (let level = 0; level < 256; level++) {
    const at = Math.min(1, Math.max(0, (level - low) / (high - low))) * (VIRIDIS.length - 1);
    const i = Math.min(VIRIDIS.length - 2, Math.floor(at));
    const [r, g, b] = VIRIDIS[i].map((value, k) => value + (at - i) * (VIRIDIS[i + 1][k] - value));
    colours[level] = 0xff000000 | (b << 16) | (g << 8) | r;
  }
  return colours;
}

export class Waterfall {
  constructor(canvas, caption) {
    this.caption = caption;
    this.image = document.createElement("canvas");
    this.image.width = BINS;
    this.image.height = ROWS;
    this.low = 0;
    this.high = 0;
    this.rate = null;
    this.ask = painter(() => this.draw());
    this.begin = fitted(canvas, this.ask);
    this.clear();
  }

  clear() {
    this.rows = [];
    this.low = this.high = 0;
    this.ask();
  }

  add(rows) {
    for (const [time, levels] of rows) this.rows.unshift({ time, levels: bytes(levels) });
    this.rows.length = Math.min(this.rows.length, ROWS);
    this.ask();
  }

  // Colours from a little below the quiet to the loudest; they change by 5 dB or not at all.
  range() {
    const counts = new Uint32Array(256);
    for (const { levels } of this.rows) for (const level of levels) counts[level]++;
    const total = this.rows.length * BINS;
    let seen = 0, quiet = -1, loud = 255;
    for (let level = 0; level < 256; level++) {
      seen += counts[level];
      if (quiet < 0 && seen > 0.1 * total) quiet = level;
      if (seen >= 0.9995 * total) { loud = level; break; }
    }
    const low = Math.max(10 * Math.floor((quiet - 4) / 10), loud - 130);
    const high = Math.max(10 * Math.ceil((loud + 2) / 10), low + 40);
    if (this.high === 0 || Math.abs(low - this.low) > 10 || Math.abs(high - this.high) > 10) [this.low, this.high] = [low, high];
  }

  draw() {
    const { context, width, height } = this.begin();
    const w = width - LEFT - RIGHT, h = height - TOP - BOTTOM;
    context.fillStyle = colour("grid");
    context.fillRect(LEFT, TOP, w, h);
    // A short stream is drawn larger.
    const shown = [60, 120, ROWS].find((count) => this.rows.length <= count);
    if (this.rows.length) {
      this.range();
      const colours = table(this.low, this.high);
      const picture = new ImageData(BINS, ROWS);
      const pixels = new Uint32Array(picture.data.buffer);
      this.rows.forEach(({ levels }, row) => levels.forEach((level, bin) => { pixels[row * BINS + bin] = colours[level]; }));
      this.image.getContext("2d").putImageData(picture, 0, 0);
      context.imageSmoothingEnabled = false;
      context.drawImage(this.image, 0, 0, BINS, shown, LEFT, TOP, w, h);
      const dbfs = (level) => `${LOWEST_DBFS + STEP_DB * level}`.replace("-", "−");
      this.caption.textContent = `${dbfs(this.low)} to ${dbfs(this.high)} dBFS in a bin`;
    }
    context.fillStyle = colour("dim");
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (let part = 0; part <= 1; part += 0.25) {
      const time = this.rows[Math.min(Math.round(part * shown), shown - 1)]?.time;
      if (time !== undefined) context.fillText(`${time.toFixed(3)} s`, LEFT - 5, Math.min(TOP + 6 + part * h, TOP + h - 5));
    }
    if (!this.rate) return;
    context.textBaseline = "top";
    const [unit, scale] = this.rate >= 4e5 ? ["MHz", 1e-6] : ["kHz", 1e-3];
    for (const part of width < 420 ? [-0.5, 0, 0.5] : [-0.5, -0.25, 0, 0.25, 0.5]) {
      context.textAlign = part === -0.5 ? "left" : part === 0.5 ? "right" : "center";
      const value = String(Number((part * this.rate * scale).toFixed(3))).replace("-", "−");
      context.fillText(part === 0 ? "0" : `${value}`, LEFT + (part + 0.5) * w, TOP + h + 4);
    }
    context.textAlign = "center";
    context.fillText(`frequency from the carrier, ${unit}`, LEFT + w / 2, TOP + h + 17);
  }
}
