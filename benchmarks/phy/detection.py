# SPDX-License-Identifier: MIT
"""How many frames are found, and how many arrive, at low signal-to-noise ratios.

Frames of 512 symbols with pauses of one or two OFDM symbols, carrier offset uniform in ±60 kHz, clock offset uniform in
±50 ppm, white noise. Es/N0 is that of a used carrier; a peer's Es is measured in its own burst (`impaired`), and where
its carriers differ in power, as gr-digital's do, Es is that of its preamble, which favours it.

The peers' carrier offsets are drawn from ±60 kHz, and once more from a tenth of their carrier spacing, which is easier.
Delivered is a frame whose header was right (ours, and liquid-dsp's, whose payload is not coded), or a packet whose CRC
was right (gr-digital's).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.effort import Effort
from benchmarks.phy.signals import CHANNELS, FLAT, batches, gaussian_frame, received, send
from benchmarks.rows import Curve, Measured, Row, at_least
from benchmarks.tasks import Result, Task, Work
from lrisc_sdr import phy
from lrisc_sdr.waveform import waveform as find_waveform

WAVEFORM = "pluto256"
N_SYMBOLS = 512
MOST_CFO_HZ = 60e3
MOST_SCO_PPM = 50.0
GOALS = {0.0: 0.99, -3.0: 0.9}
PEERS = {"liquid-dsp": "phy.peers_liquid:detection", "gr-digital": "phy.peers_gnuradio:detection"}
EASY = "CFO ≤ 0.1 carrier"


def measure(effort: Effort, work: Work) -> Measured:
    """Rows at the goals' ratios, curves over all of them."""
    levels = effort.choose([float(snr) for snr in range(-6, 7)], [-3.0, 0.0])
    # The peers find their frames well above: the curves show where.
    beyond = effort.choose([8.0, 10.0, 12.0, 13.0, 14.0, 15.0, 18.0], [15.0])
    frames = effort.choose(1000, 100)
    chosen = find_waveform(WAVEFORM)
    common = {"frames": frames, "seed": effort.seed}
    ours = [Task("phy.detection:trial", {"snr_db": snr, **common}) for snr in levels]
    wide = {"n_fft": chosen.n_fft, "cp": chosen.cp_samples, "payload_bytes": N_SYMBOLS // 4, "levels": levels + beyond}
    offsets = {"": MOST_CFO_HZ / chosen.rate_sps, f", {EASY}": 0.1 / chosen.n_fft}
    cases = [(peer, label) for peer in PEERS for label in offsets]
    peers = [
        Task(PEERS[peer], {**wide, **common, "most_cfo": offsets[label], "most_sco_ppm": MOST_SCO_PPM}, peer=True)
        for peer, label in cases
    ]
    found = work.run("detection", ours + peers)
    points, others = found[: len(ours)], dict(zip(cases, found[len(ours) :], strict=True))
    rows = [_row(snr, points[levels.index(snr)], levels + beyond, others) for snr in GOALS]
    curves = [
        Curve("detection", panel, "lrisc", "ours", levels, [point[panel] for point in points])
        for panel in ("detected", "delivered")
    ]
    for (peer, label), result in others.items():
        if "missing" not in result:
            curves += [
                Curve("detection", panel, peer + label, "peer", levels + beyond, result[panel])
                for panel in ("detected", "delivered")
            ]
    return Measured(rows, curves)


def trial(snr_db: float, frames: int, seed: int) -> Result:
    """Shares of `frames` frames whose preamble was verified, and that arrived where and as they were sent.

    A verified preamble is not told to the caller before its header was read, so the first share is that of the
    counter; in noise alone it does not count, as the false alarms show.
    """
    chosen, spec = find_waveform(WAVEFORM), CHANNELS[FLAT]
    rng = np.random.default_rng([seed, round(10 * snr_db) + 1000])
    variance = chosen.noise_var(snr_db)
    detected = delivered = 0
    for size in batches(frames):
        receiver = phy.Receiver(chosen)
        starts, noisy, position = [], [], 0
        for index in range(size):
            frame = gaussian_frame(index, N_SYMBOLS, rng)
            sent = send(frame, chosen, spec, rng, sco_ppm=float(rng.uniform(-MOST_SCO_PPM, MOST_SCO_PPM)))
            starts.append(position + sent.start)
            position += sent.samples.size
            noisy.append(received(sent.samples, spec, variance, rng))
        told = receiver.process(np.concatenate(noisy)) + receiver.flush()
        detected += min(receiver.counters.detected, size)
        near = chosen.cp_samples
        delivered += len({f.header.index for f in told if abs(f.start_sample - starts[f.header.index % size]) < near})
    return {"detected": detected / frames, "delivered": delivered / frames}


def _row(snr: float, point: Result, levels: Sequence[float], others: dict[tuple[str, str], Result]) -> Row:
    missing = "; ".join(dict.fromkeys(f"{who}: {r['missing']}" for (who, _), r in others.items() if "missing" in r))
    beside: dict[str, float | None] = {"delivered whole": point["delivered"]}
    for (peer, label), result in others.items():
        beside[peer + label] = None if "missing" in result else result["detected"][levels.index(snr)]
    return Row(
        f"detection, {WAVEFORM}, {snr:g} dB, CFO ±60 kHz, SCO ±50 ppm",
        point["detected"],
        "of frames",
        f"≥ {GOALS[snr]:g}",
        at_least(point["detected"], GOALS[snr]),
        beside,
        missing,
    )
