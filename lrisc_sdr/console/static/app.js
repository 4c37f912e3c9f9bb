// SPDX-License-Identifier: MIT
// The connection, the status strip, and where every part of an update goes.

import { Response, Series } from "./charts.js";
import { Constellation } from "./constellation.js";
import { Gallery } from "./gallery.js";
import { Compare } from "./pictures.js";
import { number } from "./theme.js";
import { Waterfall } from "./waterfall.js";

const $ = (id) => document.getElementById(id);
const RETRY_MS = 1000;
const waterfall = new Waterfall($("waterfall"), $("levels"));
const constellation = new Constellation($("constellation"));
const response = new Response($("response"));
const series = [
  new Series($("snr"), $("snr-now"), { unit: "dB", digits: 1, step: 2, least: 6, column: 1 }),
  new Series($("cfo"), $("cfo-now"), { unit: "Hz", digits: 1, step: 10, least: 40, column: 2 }),
  new Series($("evm"), $("evm-now"), { unit: "dB", digits: 1, step: 2, least: 6, column: 3 }),
];
const gallery = new Gallery((key) => choose(key, false));
const compare = new Compare(step);
let chosen = null;

function text(id, value) {
  if ($(id).textContent !== value) $(id).textContent = value;
}

function dot(id, kind) {
  $(id).className = `dot ${kind}`;
}

function choose(key, follow) {
  chosen = key;
  $("follow").checked = follow;
  gallery.mark(key);
  compare.set(gallery.entries.get(key) ?? null);
}

function step(by) {
  const shown = gallery.shown();
  const at = shown.findIndex((entry) => entry.key === chosen);
  const next = shown[Math.min(shown.length - 1, Math.max(0, at - by))];
  if (next) choose(next.key, false);
}

// The newest picture of which there is more to see than what was sent.
function newest() {
  const entries = [...gallery.entries.values()].reverse();
  return entries.find((entry) => entry.ok !== undefined || entry.steps.length) ?? entries[0];
}

let run = null;
const shownAs = {
  run(told) {
    run = told;
    const { facts } = told;
    const what = facts.capture ?? facts.radio ?? (facts.channel && `channel ${facts.channel}${facts.snr_db ? ` at ${facts.snr_db} dB` : ""}`);
    text("run", [told.verb, facts.waveform].filter(Boolean).join(" · "));
    text("radio", told.verb === "replay" ? `capture ${what}` : what ? (facts.radio ?? `simulated: ${what}`) : "–");
    dot("run-dot", "good");
    text("announce", `run began: ${told.verb}`);
  },
  ended() {
    if (run) text("run", `${[run.verb, run.facts.waveform].filter(Boolean).join(" · ")} · ended`);
    dot("run-dot", "");
    for (const id of ["stage", "spool", "decoders"]) text(id, "–");
    text("announce", "run ended");
  },
  stage({ stage, done, total }) {
    text("stage", `${stage} ${done}${total === null ? "" : ` of ${total}`}`);
  },
  radio(told) {
    const gain = told.gain_db === null ? "automatic gain" : `${number(told.gain_db, 0)} dB`;
    text("radio", `${told.name} · ${(told.lo_hz / 1e6).toFixed(3)} MHz · ${gain}`);
  },
  transmitter({ state, radio: name, band }) {
    text("tx", [state, name, band].filter(Boolean).join(" · "));
    dot("tx-dot", { off: "", armed: "warn", on: "bad" }[state]);
    text("announce", `transmitter ${state}`);
  },
  decoders({ workers, spool, used_bytes, quota_bytes }) {
    const waiting = Object.entries(spool).filter(([state, n]) => state !== "done" && n > 0).map(([state, n]) => `${n} ${state}`);
    text("spool", `${waiting.join(", ") || "empty"} · ${number((100 * used_bytes) / quota_bytes, 0)} %`);
    text("decoders", workers === 1 ? "1 ready" : `${workers} ready`);
  },
  funnel(told) {
    const values = { ...told, broken: told.interrupted + told.cut };
    const most = Math.max(told.detected, 1), pictures = Math.max(told.decoded + told.failed, 1);
    for (const name of ["detected", "header_ok", "payload_ok", "broken", "decoded", "failed"]) {
      text(name, String(values[name]));
      const share = values[name] / (name === "decoded" || name === "failed" ? pictures : most);
      $(name).previousElementSibling.style.setProperty("--share", `${100 * share}%`);
    }
    if (!told.rate_sps) return;
    // Of a short stream most of the time is the first call's: compiled code is loaded.
    const length = told.samples / told.rate_sps, speed = length > 1 && told.busy_s > 0 ? ` · ${Number((length / told.busy_s).toPrecision(2))}× real time` : "";
    text("realtime", `${number(length, 2)} s${speed}`);
  },
  rate_sps(rate) {
    waterfall.rate = rate;
  },
  frame({ symbols, channel_db, spacing_hz }) {
    constellation.add(symbols);
    response.set(channel_db, spacing_hz);
  },
  rows: (rows) => waterfall.add(rows),
  points: (points) => series.forEach((each) => each.add(points)),
  replay({ state, name, message }) {
    text("replay-state", state === "failed" ? `failed: ${message}` : `${name}: ${state}`);
  },
};

function take(update) {
  if (update.anew) {
    for (const part of [waterfall, constellation, response, ...series]) part.clear();
    for (const id of ["stage", "spool", "decoders"]) text(id, "–");
  }
  for (const [name, value] of Object.entries(update)) shownAs[name]?.(value);
  if (!update.pictures) return;
  gallery.set(update.pictures, update.keys);
  const next = $("follow").checked ? newest()?.key : chosen;
  if (next && (next !== chosen || update.pictures.some((entry) => entry.key === next))) choose(next, $("follow").checked);
}

$("follow").addEventListener("change", () => {
  const next = newest();
  if ($("follow").checked && next) choose(next.key, true);
});

function connect() {
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`);
  socket.onopen = () => {
    gallery.clear();
    take({ anew: true });
    text("link", "Connected.");
  };
  socket.onmessage = (message) => take(JSON.parse(message.data));
  socket.onclose = () => {
    text("link", "Not connected; trying again.");
    dot("run-dot", "");
    setTimeout(connect, RETRY_MS);
  };
}

// A replay is started by the button and not by the address: opening a page starts nothing.
async function replays() {
  const query = new URLSearchParams(location.search);
  if (!query.has("replay")) return;
  const names = await (await fetch("captures")).json();
  $("replay").hidden = false;
  $("capture").replaceChildren(...names.map((name) => new Option(name, name, false, name === query.get("replay"))));
  if (!names.length) text("replay-state", "no captures here: start with --captures FOLDER");
  else if (query.get("replay") && !names.includes(query.get("replay"))) text("replay-state", `there is no capture ${query.get("replay")}`);
  const post = async (wanted) => {
    const answer = await fetch("replay", { method: "POST", body: JSON.stringify(wanted) });
    if (!answer.ok) text("replay-state", await answer.text());
  };
  $("replay").addEventListener("submit", (event) => {
    event.preventDefault();
    const stretch = $("capture").value === query.get("replay") ? { from: Number(query.get("from")), to: Number(query.get("to")) } : {};
    post({ name: $("capture").value, ...stretch });
  });
  $("stop").addEventListener("click", () => post({}));
  $("play").focus();
}

connect();
replays();
