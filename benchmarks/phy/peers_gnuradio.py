# SPDX-License-Identifier: GPL-3.0-or-later
"""gr-digital's `ofdm_tx` and `ofdm_rx`: BPSK header, QPSK payload, CRC-32, the occupancy of IEEE 802.11 at every size.

The output buffers hold 65,536 items: with the default ones no frame arrives at 256 and 1,024 points.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from gnuradio import blocks, digital, gr
from gnuradio.digital.ofdm_txrx import ofdm_rx, ofdm_tx

from benchmarks.phy import impaired
from benchmarks.tasks import Result
from lrisc_sdr.channel.noise import add_noise
from lrisc_sdr.types import ComplexArray

PACKET_BYTES = {64: 500, 256: 1000, 1024: 1800}
"""Payloads of the speed runs: longer frames vanish in a buffer that is too short for them."""
_PAUSE = 500
_BUFFER_ITEMS = 65536
_BPSK = slice(1, 3)
"""Symbols from which Es is taken: the preamble's second one and the header. QPSK cells have four times their power."""
_RUN_LIMIT_S = 60.0


def speed(n_fft: int, cp: int, packets: int, repetitions: int, seed: int) -> Result:
    """Samples per second of this process's time in a flowgraph, and the share of packets that arrived.

    File source → ofdm_rx → vector sink; 25 dB, carrier offset 0.13 carriers, 500 samples between frames.
    """
    rng = np.random.default_rng(seed)
    payload_bytes = PACKET_BYTES[n_fft]
    pause = np.zeros(_PAUSE, dtype=np.complex64)
    some = [np.concatenate((pause, burst)) for burst in bursts(n_fft, cp, payload_bytes, 40, rng)]
    samples = np.concatenate((some * -(-packets // len(some)))[:packets])
    samples = impaired.received(samples, 25.0, 0.13 / n_fft, rng)
    rates, arrived = [], 0.0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "samples.c64"
        np.concatenate((samples, np.zeros(8 * n_fft, dtype=np.complex64))).tofile(path)
        for _ in range(repetitions):
            graph, sink = _receiving(path, n_fft, cp)
            began = time.process_time()
            graph.run()
            rates.append(samples.size / (time.process_time() - began) / 1e6)
            arrived = len(sink.data()) / payload_bytes / packets
    return {"msps": rates, "arrived": arrived}


def detection(
    n_fft: int,
    cp: int,
    payload_bytes: int,
    levels: Sequence[float],
    frames: int,
    seed: int,
    most_cfo: float,
    most_sco_ppm: float,
) -> Result:
    """Shares of frames at whose start the detector triggers, and that `ofdm_rx` delivers, at every Es/N0 `[dB]`.

    `most_cfo` is the largest carrier offset `[cycles/sample]`.
    """
    result: dict[str, list[float]] = {"detected": [], "delivered": []}
    symbol = n_fft + cp
    sent = bursts(n_fft, cp, payload_bytes, min(frames, 100), np.random.default_rng(seed))
    for snr_db in levels:
        rng = np.random.default_rng([seed, round(10 * snr_db) + 1000])
        pieces, starts, position = [], [], 0
        for index in range(frames):
            burst = sent[index % len(sent)]
            known = burst.reshape(-1, symbol)[_BPSK].reshape(-1)
            variance = impaired.noise_variance(known, n_fft, symbol, snr_db)
            pause = symbol + int(rng.integers(symbol))
            cfo, sco_ppm = rng.uniform(-most_cfo, most_cfo), rng.uniform(-most_sco_ppm, most_sco_ppm)
            samples, start = impaired.offset_burst(burst, pause, cfo, sco_ppm, rng)
            pieces.append(add_noise(samples, variance, rng))
            starts.append(position + start)
            position += samples.size
        found, delivered = _found(np.concatenate(pieces), n_fft, cp)
        # The trigger comes a symbol after the preamble's first one.
        near = [np.any(np.abs(found - start - symbol) < symbol) for start in starts]
        result["detected"].append(float(np.mean(near)))
        result["delivered"].append(delivered / payload_bytes / frames)
    return result


def bursts(n_fft: int, cp: int, payload_bytes: int, count: int, rng: np.random.Generator) -> list[ComplexArray]:
    """Frames of random bytes, c64, of unit mean power together."""
    data = rng.integers(0, 256, payload_bytes * count).tolist()
    graph = gr.top_block()
    source = blocks.vector_source_b(data)
    tagged = blocks.stream_to_tagged_stream(gr.sizeof_char, 1, payload_bytes, "packet_len")
    transmitter = ofdm_tx(fft_len=n_fft, cp_len=cp, packet_length_tag_key="packet_len", **_layout(n_fft))
    transmitter.set_min_output_buffer(_BUFFER_ITEMS)
    sink = blocks.vector_sink_c()
    graph.connect(source, tagged, transmitter, sink)
    graph.run()
    samples = np.array(sink.data(), dtype=np.complex64)
    samples /= np.sqrt(np.mean(np.abs(samples) ** 2))
    return list(samples.reshape(count, -1))


def _found(samples: ComplexArray, n_fft: int, cp: int) -> tuple[Any, int]:
    """Where the detector triggered, and how many bytes were delivered."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "samples.c64"
        np.concatenate((samples, np.zeros(8 * n_fft, dtype=np.complex64))).tofile(path)
        graph = gr.top_block()
        detector = digital.ofdm_sync_sc_cfb(n_fft, cp)
        sink = blocks.vector_sink_b()
        graph.connect(blocks.file_source(gr.sizeof_gr_complex, str(path), False), detector)
        graph.connect((detector, 0), blocks.null_sink(gr.sizeof_float))
        graph.connect((detector, 1), sink)
        graph.run()
        triggers = np.flatnonzero(np.array(sink.data()))
        graph, delivered = _receiving(path, n_fft, cp)
        graph.start()
        # After a bad header the receiver may stand still for ever.
        end, seen, moved = time.monotonic() + _RUN_LIMIT_S, -1, time.monotonic()
        while time.monotonic() < min(end, moved + 1.0):
            time.sleep(0.1)
            if graph.source.nitems_written(0) != seen:
                seen, moved = graph.source.nitems_written(0), time.monotonic()
        graph.stop()
        graph.wait()
        return triggers, len(delivered.data())


def _receiving(path: Path, n_fft: int, cp: int) -> tuple[Any, Any]:
    graph = gr.top_block()
    graph.source = blocks.file_source(gr.sizeof_gr_complex, str(path), False)
    graph.source.set_min_output_buffer(_BUFFER_ITEMS)
    receiver = ofdm_rx(fft_len=n_fft, cp_len=cp, packet_length_tag_key="packet_len", **_layout(n_fft))
    receiver.set_min_output_buffer(_BUFFER_ITEMS)
    sink = blocks.vector_sink_b()
    graph.connect(graph.source, receiver, sink)
    return graph, sink


def _layout(n_fft: int) -> dict[str, Any]:
    """52 of 64 carriers at every size, four of them pilots."""
    edge = 26 * n_fft // 64
    pilots = [position * n_fft // 64 for position in (-21, -7, 7, 21)]
    data = [carrier for carrier in range(-edge, edge + 1) if carrier and carrier not in pilots]
    return {
        "occupied_carriers": (data,),
        "pilot_carriers": (pilots,),
        "bps_header": 1,
        "bps_payload": 2,
        "scramble_bits": True,
    }
