# SPDX-License-Identifier: MIT
"""A peer's bursts under the impairments under which ours are sent."""

from __future__ import annotations

import numpy as np

from lrisc_sdr.channel.clock import LOOK_AHEAD, LOOK_BACK, interpolate
from lrisc_sdr.channel.noise import add_noise
from lrisc_sdr.types import ComplexArray


def noise_variance(samples: ComplexArray, n_fft: int, symbol_samples: int, snr_db: float) -> float:
    """Variance per sample of white noise for an Es/N0 per used carrier.

    In a unitary transform white noise has that same variance on every carrier, so that it is Es / snr. Es is the mean
    power of the used cells: of those with more than a quarter of the median of the stronger half.

    Args:
        samples: whole OFDM symbols of a payload with their prefixes, c64, the first one from sample 0.
        n_fft: samples of the transform.
        symbol_samples: samples of a symbol with its prefix.
        snr_db: Es/N0 `[dB]`.
    """
    rows = samples.size // symbol_samples
    bodies = samples[: rows * symbol_samples].reshape(rows, symbol_samples)[:, symbol_samples - n_fft :]
    cells = np.abs(np.fft.fft(bodies, axis=1, norm="ortho")).reshape(-1) ** 2
    strong = np.median(np.sort(cells)[cells.size // 2 :])
    return float(cells[cells > 0.25 * strong].mean() / 10.0 ** (snr_db / 10.0))


def offset_burst(
    burst: ComplexArray, pause: int, cfo: float, sco_ppm: float, rng: np.random.Generator
) -> tuple[ComplexArray, float]:
    """A burst with silence around it, its clock and carrier off, and the sample at which it then begins.

    Args:
        burst: c64 `[n]`.
        pause: silence before and after `[samples]`.
        cfo: carrier offset `[cycles/sample]`.
        sco_ppm: how much faster the transmitter's clock runs `[parts per million]`.
        rng: of the position between two samples.
    """
    margin = pause + LOOK_BACK
    samples = np.zeros(burst.size + 2 * margin + LOOK_AHEAD, dtype=np.complex64)
    samples[margin : margin + burst.size] = burst
    first = LOOK_BACK + rng.random()
    step = 1.0 + sco_ppm * 1e-6
    count = int((samples.size - LOOK_AHEAD - first - 1.0) / step)
    samples = interpolate(samples, first + np.arange(count) * step)
    turned: ComplexArray = (samples * np.exp(2j * np.pi * cfo * np.arange(count))).astype(np.complex64)
    return turned, (margin - first) / step


def received(samples: ComplexArray, snr_db: float, cfo: float, rng: np.random.Generator) -> ComplexArray:
    """Samples of unit power with a carrier offset `[cycles/sample]` and white noise, `snr_db` below them in all."""
    turned = (samples * np.exp(2j * np.pi * cfo * np.arange(samples.size))).astype(np.complex64)
    return add_noise(turned, 10.0 ** (-snr_db / 10.0), rng)
