# SPDX-License-Identifier: MIT
"""liquid-dsp's `ofdmflexframetx` and `ofdmflexframerx` (PyPI: liquid-dsp), as it comes: uncoded QPSK, CRC-32."""

from __future__ import annotations

from collections.abc import Sequence

import liquid
import numpy as np

from benchmarks.phy.impaired import noise_variance, offset_burst
from benchmarks.tasks import Result
from lrisc_sdr.channel.noise import add_noise
from lrisc_sdr.types import ComplexArray

_HEADER = np.arange(8, dtype=np.uint8)
_PREAMBLE_SYMBOLS = 3  # two of S0, one of S1


def burst(n_fft: int, cp: int, payload_bytes: int, rng: np.random.Generator) -> ComplexArray:
    """One frame of random bytes, c64, unit mean power."""
    transmitter = liquid.ofdmflexframetx(n_fft, cp, 0)
    transmitter.assemble(_HEADER, rng.integers(0, 256, payload_bytes, dtype=np.uint8))
    pieces = []
    while transmitter.assembled:
        pieces.append(transmitter.generate(256))
    samples = np.concatenate(pieces)
    # The last piece is filled up with zeros: a frame ends with a whole OFDM symbol.
    whole = -(-(int(np.flatnonzero(samples)[-1]) + 1) // (n_fft + cp)) * (n_fft + cp)
    samples = samples[:whole]
    scaled: ComplexArray = (samples / np.sqrt(np.mean(np.abs(samples) ** 2))).astype(np.complex64)
    return scaled


class Receiver:
    """liquid-dsp's receiver, with its counters."""

    def __init__(self, n_fft: int, cp: int) -> None:
        self._receiver = liquid.ofdmflexframerx(n_fft, cp, 0, lambda *_: None)

    def process(self, samples: ComplexArray) -> None:
        """Take samples, c64."""
        self._receiver.execute(samples)

    def reset(self) -> None:
        """Forget a frame that was begun."""
        self._receiver.reset()

    @property
    def detected(self) -> int:
        """Frames detected so far."""
        return int(self._receiver.num_frames_detected)

    @property
    def headers(self) -> int:
        """Frames whose header's CRC was right."""
        return int(self._receiver.num_headers_valid)

    @property
    def payloads(self) -> int:
        """Frames whose payload's CRC was right."""
        return int(self._receiver.num_payloads_valid)


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
    """Shares of frames detected, after they began, and with a valid header, at every Es/N0 of `levels` `[dB]`.

    The header is coded and the payload is not, so it is the header that compares with a frame of latents. `most_cfo` is
    the largest carrier offset `[cycles/sample]`. The receiver is reset before every frame.
    """
    result: dict[str, list[float]] = {"detected": [], "delivered": []}
    symbol = n_fft + cp
    for snr_db in levels:
        rng = np.random.default_rng([seed, round(10 * snr_db) + 1000])
        receiver = Receiver(n_fft, cp)
        detected = 0
        for _ in range(frames):
            sent = burst(n_fft, cp, payload_bytes, rng)
            variance = noise_variance(sent[_PREAMBLE_SYMBOLS * symbol :], n_fft, symbol, snr_db)
            pause = symbol + int(rng.integers(symbol))
            cfo, sco_ppm = rng.uniform(-most_cfo, most_cfo), rng.uniform(-most_sco_ppm, most_sco_ppm)
            samples, start = offset_burst(sent, pause, cfo, sco_ppm, rng)
            samples = add_noise(samples, variance, rng)
            receiver.reset()
            receiver.process(samples[: int(start)])
            before = receiver.detected
            receiver.process(samples[int(start) :])
            detected += receiver.detected > before
        result["detected"].append(detected / frames)
        result["delivered"].append(receiver.headers / frames)
    return result
