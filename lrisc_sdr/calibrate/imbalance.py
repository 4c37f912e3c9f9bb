# SPDX-License-Identifier: MIT
"""Mirror images and carrier leaks of a transmitter and a receiver, told apart by the offset of their carriers.

    sent t = s + g_t s* + d_t        received r = x + g_r x* + d_r,    x[n] = e^{jωn} (h * t)[n] + noise

With a known s and ω ≠ 0 everything has a place of its own, which a block's least squares finds with K taps each:

    r[n] e^{−jωn} = Σ h_k s[n−k] + Σ h_k g_t s*[n−k] + d_t Σ h_k + e^{−2jωn} Σ g_r h_k* s*[n−k] + d_r e^{−jωn}

and g_t = ⟨h, h g_t⟩/⟨h, h⟩, g_r* = ⟨h, (g_r h*)*⟩/⟨h, h⟩. (Widely linear least squares after L. Anttila, M. Valkama,
M. Renfors, "Frequency-selective I/Q mismatch calibration of wideband direct-conversion transmitters", IEEE Trans.
Circuits Syst. II 55(4), 2008, with the receiver's image beside the transmitter's.) The product g_r g_t* is left out.

Without a known signal a receiver's image shows in what ought to be circular, noise above all: E x² = 0 leaves

    c = E[r²] / E|r|² = 2 g / (1 + |g|²)        g = c / (1 + √(1 − |c|²))

(L. Anttila, M. Valkama, M. Renfors, "Circularity-based I/Q imbalance compensation in wideband direct-conversion
receivers", IEEE Trans. Veh. Technol. 57(4), 2008); of n samples of white noise, the error of g has the variance 1/(2n).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrisc_sdr.types import ComplexArray

BLOCK = 2048
TAPS_BEFORE, TAPS_AFTER = 8, 16
LEAST_TURNS = 5.0
"""Turns of e^{2jωn} within a block from which a receiver's image is another thing than a transmitter's."""


@dataclass(frozen=True)
class Imbalances:
    """g and d of both sides, means over blocks."""

    tx_image: complex
    tx_dc: complex
    rx_image: complex
    rx_dc: complex


def image_by_circularity(samples: ComplexArray) -> tuple[complex, complex]:
    """Return a receiver's g and d of c64 `[n]`, whose signal is circular: noise, or OFDM with another's carrier."""
    dc = complex(np.mean(samples, dtype=np.complex128))
    centred = samples - np.complex64(dc)
    power = float(np.vdot(centred, centred).real)
    ratio = complex(np.dot(centred, centred)) / power if power else 0j
    return ratio / (1.0 + np.sqrt(max(1.0 - abs(ratio) ** 2, 0.0))), dc


def imbalances(
    sent: ComplexArray, received: ComplexArray, lead: int, frequency: float
) -> list[tuple[float, Imbalances]]:
    """Every block's weight (its channel's power) and its figures.

    Args:
        sent: s, c64 `[n]`, as the transmitter's converter got it, full scale 1.
        received: r, c64, from `lead` samples before the first of `sent` arrives, to at least as many after the last.
        lead: `TAPS_BEFORE` or more.
        frequency: ω `[rad/sample]`, at least `LEAST_TURNS` · π / `BLOCK` in magnitude.
    """
    taps = np.arange(-TAPS_BEFORE, TAPS_AFTER + 1)
    found = []
    for first in range(TAPS_AFTER, sent.size - TAPS_BEFORE - BLOCK + 1, BLOCK):
        n = first + np.arange(BLOCK)
        turn = np.exp(-1j * frequency * n)
        delayed = sent[n[:, None] - taps[None, :]].astype(np.complex128)
        columns = [
            delayed,
            np.conj(delayed),
            np.ones((BLOCK, 1)),
            np.conj(delayed) * (turn**2)[:, None],
            turn[:, None],
        ]
        answer = _least_squares(np.concatenate(columns, axis=1), received[lead + n] * turn)
        found.append(_block(answer, delayed.conj().T @ delayed))
    return found


def mean_of(found: list[tuple[float, Imbalances]]) -> Imbalances:
    """The mean of blocks, each with its weight."""
    weights = np.array([weight for weight, _ in found])
    values = np.array([(b.tx_image, b.tx_dc, b.rx_image, b.rx_dc) for _, b in found])
    return Imbalances(*(complex(value) for value in weights @ values / weights.sum()))


def _block(answer: NDArray[np.complex128], gram: NDArray[np.complex128]) -> tuple[float, Imbalances]:
    """Figures from the coefficients.

    ⟨a, b⟩ = a^H S^H S b, so that the band's edges, where nothing is sent and taps may be anything, do not count.
    """
    n_taps = len(gram)
    h, mirrored = answer[:n_taps], answer[n_taps : 2 * n_taps]
    leak, own = answer[2 * n_taps], answer[2 * n_taps + 1 : 3 * n_taps + 1]
    weighted = h.conj() @ gram
    power = float((weighted @ h).real)
    at_zero = complex(h.sum())
    return power, Imbalances(
        tx_image=complex(weighted @ mirrored) / power,
        tx_dc=complex(leak) / at_zero if at_zero else 0j,
        rx_image=complex(weighted @ own.conj()).conjugate() / power,
        rx_dc=complex(answer[-1]),
    )


def _least_squares(columns: NDArray[np.complex128], values: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """By the normal equations, which are small, with as much added as keeps empty edges of the band from blowing up."""
    gram = columns.conj().T @ columns
    ridge = 1e-9 * float(np.trace(gram).real) / len(gram)
    solved: NDArray[np.complex128] = np.linalg.solve(gram + ridge * np.eye(len(gram)), columns.conj().T @ values)
    return solved
