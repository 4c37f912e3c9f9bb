// SPDX-License-Identifier: MIT
// The symbols of the last frames, older ones fainter. Learned symbols are a cloud, not a grid of points.

import { bytes, colour, fitted, painter } from "./theme.js";

const SCALE = 32, LIMIT = 3.5, KEPT = 3, MARGIN = 26;

export class Constellation {
  constructor(canvas) {
    this.ask = painter(() => this.draw());
    this.begin = fitted(canvas, this.ask);
    this.clear();
  }

  clear() {
    this.frames = [];
    this.ask();
  }

  add(text) {
    this.frames.push(new Int8Array(bytes(text).buffer));
    if (this.frames.length > KEPT) this.frames.shift();
    this.ask();
  }

  draw() {
    const { context, width, height } = this.begin();
    const side = Math.min(width, height) - MARGIN - 4;
    const left = (width - side + MARGIN) / 2, top = 2, middle = side / 2, unit = side / (2 * LIMIT);
    context.strokeStyle = colour("grid");
    context.fillStyle = colour("dim");
    context.lineWidth = 1;
    for (let value = -3; value <= 3; value++) {
      const at = Math.round(middle + value * unit) + 0.5;
      context.beginPath();
      context.moveTo(left + at, top);
      context.lineTo(left + at, top + side);
      context.moveTo(left, top + at);
      context.lineTo(left + side, top + at);
      context.stroke();
      if (value % 2) continue;
      const text = String(value).replace("-", "−");
      context.textAlign = "center";
      context.textBaseline = "top";
      context.fillText(text, left + at, top + side + 5);
      context.textAlign = "right";
      context.textBaseline = "middle";
      context.fillText(String(-value).replace("-", "−"), left - 5, top + at);
    }
    context.textBaseline = "top";
    context.fillText("Q", left - 5, top);
    context.textAlign = "right";
    context.fillText("I", left + side, top + side + 5);
    context.fillStyle = colour("accent");
    this.frames.forEach((symbols, age) => {
      context.globalAlpha = 0.75 * (age + 1) / this.frames.length;
      for (let i = 0; i < symbols.length; i += 2) {
        const x = symbols[i] / SCALE, y = symbols[i + 1] / SCALE;
        if (Math.abs(x) > LIMIT || Math.abs(y) > LIMIT) continue;
        context.fillRect(left + middle + x * unit - 1, top + middle - y * unit - 1, 2, 2);
      }
    });
    context.globalAlpha = 1;
  }
}
