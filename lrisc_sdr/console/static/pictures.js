// SPDX-License-Identifier: MIT
// One picture: the A/B slider, the three stages with their metrics, the steps of the decoder.

import { number } from "./theme.js";

const $ = (id) => document.getElementById(id);
const NAMES = { source: "source", jscc: "JSCC", final: "final" };

export const address = (entry, kind) => `pictures/${entry.key}/${kind}?${entry.revision}`;
export const title = (entry) => entry.name ?? `picture ${entry.picture_id}`;

// The file of a stage; while a picture is decoded, its last step stands for the final one.
function stage(entry, kind) {
  if (entry.files.includes(kind)) return { file: kind, name: NAMES[kind] };
  if (kind === "final" && entry.steps.length) {
    const done = entry.steps[entry.steps.length - 1];
    return { file: `step-${done}`, name: `step ${done} of ${entry.steps_of}` };
  }
  return null;
}

// A picture takes the place of the one before when it is there: nothing flickers.
function show(image, source) {
  if (!source) {
    image.hidden = true;
    image.removeAttribute("src");
    image.dataset.wanted = "";
  } else if (image.dataset.wanted !== source) {
    image.dataset.wanted = source;
    const next = new Image();
    next.onload = () => {
      if (image.dataset.wanted !== source) return;
      image.src = source;
      image.hidden = false;
    };
    next.src = source;
  }
}

function list(element, rows) {
  element.replaceChildren(...rows.flatMap(([name, value]) => {
    const dt = document.createElement("dt"), dd = document.createElement("dd");
    dt.textContent = name;
    dd.textContent = value;
    return [dt, dd];
  }));
}

const decibel = (value) => (value === null || value === undefined ? "–" : `${number(value, 2)} dB`);

export class Compare {
  constructor(step) {
    this.entry = null;
    this.slider = $("slider");
    this.slider.addEventListener("input", () => this.slide());
    for (const id of ["choose-a", "choose-b"]) $(id).addEventListener("change", () => this.draw());
    document.addEventListener("keydown", (event) => {
      if (event.target.matches("input:not([type=range]), select") || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "[") step(-1);
      if (event.key === "]") step(1);
    });
    this.slide();
  }

  slide() {
    $("ab").style.setProperty("--at", `${this.slider.value}%`);
    this.slider.setAttribute("aria-valuetext", `${Math.round(this.slider.value)} % of the left picture`);
  }

  set(entry) {
    this.entry = entry;
    this.draw();
  }

  draw() {
    const { entry } = this;
    $("title").textContent = entry ? title(entry) : "No picture yet";
    let shown = 0;
    for (const side of ["a", "b"]) {
      const found = entry && stage(entry, $(`choose-${side}`).value);
      show($(side), found && address(entry, found.file));
      $(side).alt = found ? `${title(entry)}, ${found.name}` : "";
      $(`${side}-tag`).textContent = found ? found.name : "";
      $(`${side}-tag`).hidden = !found;
      shown += Boolean(found);
    }
    document.querySelector(".ab .line").hidden = shown < 2;
    this.slider.disabled = shown < 2;
    $("empty").hidden = shown > 0;
    $("empty").textContent = entry?.ok === false ? `Not decoded: ${entry.error}` : entry ? "On its way." : "Pictures appear here as they are decoded.";
    const segment = $("segment");
    segment.hidden = entry?.capture === undefined;
    if (!segment.hidden) {
      segment.textContent = `${entry.capture}, from ${number(entry.from_s, 3)} s`;
      segment.href = `?${new URLSearchParams({ replay: entry.capture, from: entry.from_s.toFixed(3), to: entry.to_s.toFixed(3) })}`;
    }
    this.metrics(entry);
    this.steps(entry);
  }

  metrics(entry) {
    const files = { source: null, jscc: null, final: null };
    for (const kind of Object.keys(files)) {
      const found = entry && stage(entry, kind);
      show($(`shot-${kind}`), found && address(entry, found.file));
    }
    const e = entry ?? {};
    const frames = e.frames_sent ? `${e.frames_received} of ${e.frames_sent}` : "–";
    list($("m-source"), [["size", e.width ? `${e.width}×${e.height}` : "–"], ["frames", frames], ["SNR", decibel(e.snr_db)]]);
    list($("m-jscc"), [["PSNR", decibel(e.psnr_jscc_db)], ["LPIPS", number(e.lpips_jscc, 3)]]);
    list($("m-final"), [["PSNR", decibel(e.psnr_db)], ["LPIPS", number(e.lpips, 3)], ["MS-SSIM", number(e.ms_ssim, 4)], ["decoded in", e.decode_s == null ? "–" : `${number(e.decode_s, 2)} s`]]);
  }

  steps(entry) {
    const total = entry?.steps_of ?? 0, done = entry?.steps ?? [];
    $("steps-state").textContent = total ? `${done.length ? done[done.length - 1] : 0} of ${total} steps` : entry?.ok ? "one step or none; --steps 4 has some to see" : "";
    const wanted = entry ? `${entry.key} ${entry.revision}` : "";
    if (this.drawn === wanted) return;
    this.drawn = wanted;
    const tiles = [];
    if (entry?.files.includes("jscc") && total) tiles.push(["small-jscc", "JSCC"]);
    for (let i = 1; i <= total; i++) tiles.push([done.includes(i) ? `small-step-${i}` : null, `step ${i}`]);
    $("steps").replaceChildren(...tiles.map(([file, name]) => {
      const item = document.createElement("li"), tile = document.createElement(file ? "img" : "div");
      if (file) {
        tile.src = address(entry, file);
        tile.alt = "";
      } else tile.className = "pending";
      item.append(tile, name);
      return item;
    }));
  }
}
