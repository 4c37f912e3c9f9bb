// SPDX-License-Identifier: MIT
// Lines over time and frequency.

import { bytes, colour, number, painter } from "./theme.js";

const MOST = 1500;

// The range of some values in whole steps, and at least as wide as `least`: it does not jump with every value.
function range(step, least) {
  return (_, low, high) => {
    if (low === null || low === undefined) return [0, least];
    const middle = (low + high) / 2;
    if (high - low < least) [low, high] = [middle - least / 2, middle + least / 2];
    return [step * Math.floor(low / step), step * Math.ceil(high / step)];
  };
}

export function axes(x, y, size = 46) {
  const common = {
    stroke: () => colour("dim"), font: "11px system-ui, sans-serif", ticks: { show: false }, gap: 4,
    grid: { stroke: () => colour("grid"), width: 1 },
  };
  const minus = (_, values) => values.map((value) => String(value).replace("-", "−"));
  const label = { labelFont: "11px system-ui, sans-serif", labelSize: 14, labelGap: 0 };
  return [
    { ...common, ...label, label: x, size: 22, values: minus },
    { ...common, ...label, label: y, size, values: minus },
  ];
}

// A chart that fills its element; `hooks` and `cursor` are uPlot's.
export function chart(element, options, data) {
  const size = () => ({ width: Math.max(element.clientWidth, 80), height: element.clientHeight });
  const plot = new uPlot({ ...size(), legend: { show: false }, ...options }, data, element);
  new ResizeObserver(() => plot.setSize(size())).observe(element);
  return plot;
}

export class Series {
  constructor(element, output, { unit, digits, step, least, column, scale = 1 }) {
    Object.assign(this, { output, unit, digits, column, scale });
    this.plot = chart(element, {
      scales: { x: { time: false }, y: { range: range(step, least) } },
      axes: axes("s", unit),
      series: [{}, { stroke: () => colour("accent"), width: 1.5, points: { size: 4 } }],
      cursor: { drag: { x: false, y: false }, points: { size: 7 }, y: false },
      hooks: { setCursor: [(plot) => this.say(plot.cursor.idx)] },
    }, [[], []]);
    this.ask = painter(() => this.plot.setData([this.x, this.y]));
    this.clear();
  }

  clear() {
    this.x = [];
    this.y = [];
    this.say(null);
    this.ask();
  }

  add(points) {
    for (const point of points) {
      this.x.push(point[0]);
      this.y.push(point[this.column] * this.scale);
    }
    if (this.x.length > MOST) {
      this.x = this.x.slice(-MOST);
      this.y = this.y.slice(-MOST);
    }
    this.say(null);
    this.ask();
  }

  // The value under the pointer, or the last one.
  say(index) {
    const at = index ?? this.y.length - 1;
    const value = this.y[at];
    const when = index === null || index === undefined ? "" : ` at ${number(this.x[at], 3)} s`;
    this.output.textContent = value === undefined ? "–" : `${number(value, this.digits)} ${this.unit}${when}`;
  }
}

export class Response {
  constructor(element) {
    this.plot = chart(element, {
      scales: { x: { time: false }, y: { range: range(5, 20) } },
      axes: axes("kHz from the carrier", "dB"),
      series: [{}, { stroke: () => colour("accent"), width: 1.5, points: { show: false }, spanGaps: false }],
      cursor: { show: false },
    }, [[], []]);
    this.data = [[], []];
    this.ask = painter(() => this.plot.setData(this.data));
  }

  clear() {
    this.data = [[], []];
    this.ask();
  }

  set(text, spacing) {
    const values = new Float32Array(bytes(text).buffer);
    const wide = spacing * values.length >= 1e6;
    this.plot.axes[0].label = `${wide ? "MHz" : "kHz"} from the carrier`;
    const x = Array.from(values, (_, i) => ((i - values.length / 2) * spacing) / (wide ? 1e6 : 1e3));
    this.data = [x, Array.from(values, (value) => (Number.isNaN(value) ? null : value))];
    // The carrier at zero is unused, and no gap worth seeing.
    const zero = values.length / 2;
    if (this.data[1][zero] === null && this.data[1][zero - 1] !== null) this.data[1][zero] = (this.data[1][zero - 1] + this.data[1][zero + 1]) / 2;
    this.ask();
  }
}
