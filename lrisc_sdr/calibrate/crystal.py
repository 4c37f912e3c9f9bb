# SPDX-License-Identifier: MIT
"""A crystal's error from the carrier frequency offset of known bursts, from the sampling clock's, or from a carrier.

One crystal that runs ε too fast makes both oscillators and the sampling clock of its radio. With the nominal
frequencies f and an offset Δ that the receiver measures in hertz of its own clock,

    Δ (1 + ε_rx) = f_tx (1 + ε_tx) − f_rx (1 + ε_rx)        ⇒        (f_rx + Δ) (1 + ε_rx) = f_tx (1 + ε_tx)

A known carrier f_c is a transmitter without error: ε_rx = f_c / (f_rx + Δ) − 1.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

FloatVector = NDArray[np.float64]
Role = Literal["receiver", "transmitter"]


def crystal_ppm(offset_hz: FloatVector, rx_lo_hz: float, tx_lo_hz: float, known_ppm: float, role: Role) -> FloatVector:
    """Return ε of the receiver or of the transmitter, f64 `[n]` `[parts per million]`.

    Args:
        offset_hz: Δ, positive where the received carrier lies above the receiver's, f64 `[n]` `[Hz]`.
        rx_lo_hz: f_rx `[Hz]`.
        tx_lo_hz: f_tx, or the known carrier `[Hz]`.
        known_ppm: ε of the other one `[parts per million]`.
        role: whose error is looked for.
    """
    ratio = (rx_lo_hz + offset_hz) / tx_lo_hz
    known = 1.0 + known_ppm * 1e-6
    found: FloatVector = (known / ratio if role == "receiver" else known * ratio) - 1.0
    return found * 1e6


def clock_ppm(sco_ppm: FloatVector, known_ppm: float, role: Role) -> float:
    """Return ε by the sampling clock, median over bursts `[parts per million]`.

    Args:
        sco_ppm: by how much faster the transmitter's clock is than the receiver's, f64 `[n]` `[parts per million]`.
        known_ppm: ε of the other one `[parts per million]`.
        role: whose error is looked for.
    """
    difference = float(np.median(sco_ppm))
    return known_ppm - difference if role == "receiver" else known_ppm + difference


def centre(values: FloatVector) -> tuple[float, float]:
    """Return a mean without outliers and its standard deviation; f64 `[n]`.

    What lies further from the median than five times 1.4826 · median |v − median| (P. J. Huber, *Robust Statistics*,
    1981, section 5.1) is left out: a burst whose offset was mistaken must not move the result.
    """
    middle = float(np.median(values))
    spread = 1.4826 * float(np.median(np.abs(values - middle)))
    kept = values[np.abs(values - middle) <= 5.0 * spread] if spread else values[values == middle]
    return float(np.mean(kept)), float(np.std(kept) / np.sqrt(kept.size))
