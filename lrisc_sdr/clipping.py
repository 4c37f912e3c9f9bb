# SPDX-License-Identifier: MIT
"""What limiting the magnitude does to a complex Gaussian signal, as OFDM's samples are.

Bussgang's theorem: of x with unit mean power, limited in magnitude to g, comes α x + d, where d is uncorrelated with x:

    α = 1 − e^{−g²} + (√π/2) g erfc(g)        E|αx + d|² = 1 − e^{−g²}        E|d|² = 1 − e^{−g²} − α²

(H. Ochiai, H. Imai, "Performance analysis of deliberately clipped OFDM signals", IEEE Trans. Commun. 50(1), 2002,
eq. 18 and 19.)
"""

from __future__ import annotations

import math


def clipping_gain(ratio: float) -> float:
    """Return α for g = `ratio`, the limit of the magnitude over the root mean square; 1 for inf."""
    if math.isinf(ratio):
        return 1.0
    return 1.0 - math.exp(-(ratio**2)) + math.sqrt(math.pi) / 2.0 * ratio * math.erfc(ratio)


def clipping_distortion(ratio: float) -> float:
    """Return E|d|²/α², the distortion's power over that of what is left of the signal."""
    return (1.0 - math.exp(-(ratio**2))) / clipping_gain(ratio) ** 2 - 1.0
