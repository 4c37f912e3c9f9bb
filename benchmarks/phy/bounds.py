# SPDX-License-Identifier: MIT
"""What theory allows: limits on carrier offset, signal-to-noise ratio and the header's code."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from lrisc_sdr.waveform import Waveform

_NODES = 201


def known_cells(waveform: Waveform, n_symbols: int) -> int:
    """Cells of a frame whose values a receiver knows: the preamble's and the pilots."""
    rows = waveform.payload_ofdm_symbols(n_symbols)
    return waveform.preamble_symbols * waveform.n_used + rows * waveform.n_pilots


def cfo_variance(waveform: Waveform, n_symbols: int | None, snr: float) -> float:
    """Cramér-Rao bound of a carrier offset's variance, phase unknown `[(rad/sample)²]`.

        Var ω ≥ 1 / (2 Σ_m γ_m (t_m − t̄)²)        γ_m = snr · known cells in symbol m, t̄ = Σ γ_m t_m / Σ γ_m

    Every OFDM symbol counts as one measurement of phase, at its own time t_m (Rife and Boorstyn, 1974, with weights).

    Args:
        waveform: the frame's waveform.
        n_symbols: symbols of its payload; None for the preamble alone.
        snr: Es/N0 per carrier, linear.
    """
    rows = 0 if n_symbols is None else waveform.payload_ofdm_symbols(n_symbols)
    lead = waveform.preamble_symbols
    time = np.arange(lead + rows, dtype=np.float64) * waveform.symbol_samples
    weight = snr * np.concatenate((np.full(lead, waveform.n_used), np.full(rows, waveform.n_pilots)))
    centre = float(weight @ time) / float(weight.sum())
    return 1.0 / (2.0 * float(weight @ (time - centre) ** 2))


def snr_nmse(cells: int, snr: float) -> float:
    """Cramér-Rao bound of E[(ρ̂/ρ − 1)²] from K known cells: 2/(K ρ) + 1/K (Pauluzzi and Beaulieu, 2000, eq. 51)."""
    return 2.0 / (cells * snr) + 1.0 / cells


def block_error(n: int, k: int, snr: float) -> float:
    """Normal approximation of the best block error of `k` bits in `n` coded bits on a binary-input Gaussian channel.

        ε ≈ Q((n C − k + ½ log₂ n) / √(n V))        (Polyanskiy, Poor and Verdú, 2010, eq. 296)

    Args:
        n: channel uses, one bit each; QPSK is two such uses a symbol.
        k: bits of information.
        snr: Es/N0 of a QPSK symbol, linear, which is also 1/σ² of each of its real dimensions of unit amplitude.
    """
    capacity, dispersion = _capacity_and_dispersion(snr)
    return float(ndtr(-(n * capacity - k + 0.5 * math.log2(n)) / math.sqrt(n * dispersion)))


@cache
def _capacity_and_dispersion(snr: float) -> tuple[float, float]:
    """Mean `[bit]` and variance `[bit²]` of i = 1 − log₂(1 + e^(−2 snr y)), y = 1 + noise of variance 1/snr."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)  # type: ignore[no-untyped-call]
    weights = weights / weights.sum()
    received: NDArray[np.float64] = 1.0 + nodes / math.sqrt(snr)
    information = 1.0 - np.logaddexp(0.0, -2.0 * snr * received) / math.log(2.0)
    capacity = float(weights @ information)
    return capacity, float(weights @ (information - capacity) ** 2)
