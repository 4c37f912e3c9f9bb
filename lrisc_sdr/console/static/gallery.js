// SPDX-License-Identifier: MIT
// All pictures, and their quality against SNR; a range of SNR chosen there is what the gallery shows.

import { axes, chart } from "./charts.js";
import { address, title } from "./pictures.js";
import { colour, number, painter } from "./theme.js";

const $ = (id) => document.getElementById(id);
const JSCC = { psnr_db: "psnr_jscc_db", lpips: "lpips_jscc" };

export class Gallery {
  constructor(choose) {
    this.entries = new Map();
    this.tiles = new Map();
    this.choose = choose;
    this.chosen = null;
    this.from = this.to = null;
    const points = (name, size) => ({ paths: () => null, stroke: () => colour(name), points: { show: true, size, width: 1.5, stroke: () => colour(name), fill: () => colour(name) } });
    const ring = { paths: () => null, points: { show: true, size: 14, width: 2, stroke: () => colour("text"), fill: "transparent" } };
    this.plot = chart($("quality"), {
      scales: { x: { time: false, range: (_, low, high) => (low === null || low === undefined ? [0, 20] : [Math.floor(low) - 1, Math.ceil(high) + 1]) },
        y: { range: (_, low, high) => this.span(low, high) } },
      axes: axes("Es/N0 estimated, dB", ""),
      series: [{}, points("accent", 7), points("second", 5), ring],
      cursor: { drag: { x: true, y: false, setScale: false }, y: false, points: { show: false } },
      hooks: {
        setSelect: [(plot) => this.brushed(plot)],
        draw: [(plot) => this.legend(plot)],
      },
    }, [[], [], [], []]);
    this.ask = painter(() => this.draw());
    $("metric").addEventListener("change", this.ask);
    for (const id of ["from", "to"]) $(id).addEventListener("input", () => this.typed());
    $("clear").addEventListener("click", () => this.limit(null, null, true));
    this.ask();
  }

  span(low, high) {
    const step = $("metric").value === "psnr_db" ? 2 : 0.05;
    if (low === null || low === undefined) return [0, $("metric").value === "psnr_db" ? 40 : 1];
    return [step * Math.floor(low / step), step * (Math.floor(high / step) + 1)];
  }

  legend(plot) {
    const { ctx } = plot, ratio = devicePixelRatio || 1;
    $("quality").dataset.points = this.plot.data[0].length;
    ctx.save();
    ctx.font = `${11 * ratio}px system-ui, sans-serif`;
    ctx.textBaseline = "top";
    ctx.textAlign = "left";
    let x = plot.bbox.left + 6 * ratio;
    for (const [name, text] of [["accent", "final"], ["second", "JSCC"]]) {
      if (name === "second" && !JSCC[$("metric").value]) continue;
      ctx.fillStyle = colour(name);
      ctx.fillText(`● ${text}`, x, plot.bbox.top + 4 * ratio);
      x += 56 * ratio;
    }
    ctx.restore();
  }

  set(entries, keys) {
    for (const entry of entries) this.entries.set(entry.key, entry);
    if (keys) {
      const kept = new Set(keys);
      for (const key of this.entries.keys()) if (!kept.has(key)) this.entries.delete(key);
    }
    this.ask();
  }

  clear() {
    this.entries.clear();
    this.ask();
  }

  mark(key) {
    this.chosen = key;
    this.ask();
  }

  shown() {
    const inside = (snr) => (this.from === null || snr >= this.from) && (this.to === null || snr <= this.to);
    const limited = this.from !== null || this.to !== null;
    return [...this.entries.values()].filter((entry) => !limited || (entry.snr_db != null && inside(entry.snr_db))).reverse();
  }

  limit(from, to, unselect) {
    [this.from, this.to] = [from, to];
    $("from").value = from === null ? "" : from.toFixed(1);
    $("to").value = to === null ? "" : to.toFixed(1);
    if (unselect) this.plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.ask();
  }

  brushed(plot) {
    const { left, width } = plot.select;
    if (width < 3) return this.limit(null, null, false);
    this.limit(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"), false);
  }

  typed() {
    const value = (id) => ($(id).value === "" ? null : Number($(id).value));
    [this.from, this.to] = [value("from"), value("to")];
    const { plot } = this;
    const at = (limit, usual) => Math.min(plot.over.clientWidth, Math.max(0, limit === null ? usual : plot.valToPos(limit, "x")));
    const left = at(this.from, 0), right = at(this.to, plot.over.clientWidth);
    const none = this.from === null && this.to === null;
    plot.setSelect({ left, top: 0, width: none ? 0 : Math.max(0, right - left), height: plot.over.clientHeight }, false);
    this.ask();
  }

  draw() {
    const metric = $("metric").value;
    const measured = [...this.entries.values()].filter((entry) => entry.snr_db != null && entry[metric] != null).sort((a, b) => a.snr_db - b.snr_db);
    this.plot.setData([
      measured.map((entry) => entry.snr_db),
      measured.map((entry) => entry[metric]),
      measured.map((entry) => entry[JSCC[metric]] ?? null),
      measured.map((entry) => (entry.key === this.chosen ? entry[metric] : null)),
    ]);
    const shown = this.shown();
    $("count").textContent = shown.length === this.entries.size ? (shown.length === 1 ? "1 picture" : `${shown.length} pictures`) : `${shown.length} of ${this.entries.size} pictures`;
    const wanted = new Set(shown.map((entry) => entry.key));
    for (const [key, tile] of this.tiles) if (!wanted.has(key)) { tile.item.remove(); this.tiles.delete(key); }
    let before = null;
    for (const entry of shown) {
      const tile = this.tile(entry);
      const place = before ? before.nextSibling : $("gallery").firstChild;
      if (tile.item !== place) $("gallery").insertBefore(tile.item, place);
      before = tile.item;
    }
  }

  tile(entry) {
    let tile = this.tiles.get(entry.key);
    if (!tile) {
      const item = document.createElement("li"), button = document.createElement("button");
      const picture = document.createElement("img"), name = document.createElement("span"), facts = document.createElement("small");
      picture.alt = "";
      picture.loading = "lazy";
      button.type = "button";
      button.append(picture, name, facts);
      button.addEventListener("click", () => this.choose(entry.key));
      item.append(button);
      tile = { item, button, picture, name, facts, file: "" };
      this.tiles.set(entry.key, tile);
    }
    const kind = ["final", "jscc", "source"].find((each) => entry.files.includes(each));
    const file = kind ? address(entry, `small-${kind}`) : "";
    if (file && tile.file !== file) tile.picture.src = tile.file = file;
    tile.button.setAttribute("aria-pressed", String(entry.key === this.chosen));
    tile.name.textContent = title(entry);
    tile.facts.className = entry.ok === false ? "bad" : "";
    tile.facts.textContent = entry.ok === false ? "failed" : entry.ok ? `${number(entry.snr_db, 1)} dB SNR\n${number(entry.psnr_db, 1)} dB PSNR` : "on its way";
    return tile;
  }
}
