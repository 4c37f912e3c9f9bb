# SPDX-License-Identifier: MIT
"""What a burst's pilots tell of one symbol: common phase, delay, and whether they are there at all.

With c_p = Y_p X*_p h*_p of the pilots p, whose noise has the relative variance p_p, and slopes b_p = -2πk/N about their
power-weighted centre b̄, where phase and delay are independent of each other,

    z = Σ_p c_p e^{-j(φ + (b_p - b̄) d)} / p_p        phase error ≈ Im z / A             A = Σ |h_p|² / p_p
                                                    delay error ≈ Σ (b_p - b̄) Im … / C   C = Σ (b_p - b̄)² |h_p|² / p_p

with variances σ²/2A and σ²/2C; Re z / A is 1 on average and 0 where the burst is not.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lrisc_sdr.compiled import compiled
from lrisc_sdr.phy.channel_estimation import ChannelEstimate
from lrisc_sdr.phy.layout import FloatVector, IndexArray, Layout
from lrisc_sdr.phy.trend import State, Walk, predicted, updated
from lrisc_sdr.types import ComplexArray, FloatArray
from lrisc_sdr.waveform import IntArray

ComplexVector = NDArray[np.complex128]

STEP_DEVIATIONS = 6.0
"""Deviations from the expected delay or noise at which the stream may have slipped."""

SHARE_OF_ALERT = 0.3
"""Power of the pilots' disagreement over their own from which it is more than interference usually is."""


class Pilots(NamedTuple):
    """Constants of a burst's pilots.

    Attributes:
        bins: bin of each pilot in the transform, u32 `[n_pilots]`.
        response: h_p, c64 `[n_pilots]`.
        weight: 1/p_p, f64 `[n_pilots]`.
        slope: b_p, f64 `[n_pilots]`.
        above: the pilots' carriers above zero, ascending; below it they mirror these; i64 `[n_pilots / 2]`.
        n_fft: N.
        centre: b̄.
        power: A.
        curvature: C.
        noise_var: σ², what the preamble has shown of it, and the pilots' mean share of the transmitter's clipping.
    """

    bins: IndexArray
    response: ComplexArray
    weight: FloatVector
    slope: FloatVector
    above: IntArray
    n_fft: int
    centre: float
    power: float
    curvature: float
    noise_var: float


@compiled
def pilots_of(channel: ChannelEstimate, places: Layout) -> Pilots:
    """Return the `Pilots` of a burst through this channel."""
    columns, slope = places.pilot_columns, places.pilot_slope
    response, weight = channel.response[columns], 1.0 / channel.profile[columns]
    power, centre, curvature = 1e-30, 0.0, 1e-30
    for p in range(columns.size):
        power += (response[p].real ** 2 + response[p].imag ** 2) * weight[p]
        centre += (response[p].real ** 2 + response[p].imag ** 2) * weight[p] * slope[p]
    centre /= power
    for p in range(columns.size):
        curvature += (response[p].real ** 2 + response[p].imag ** 2) * weight[p] * (slope[p] - centre) ** 2
    noise_var = channel.noise_var + places.clipped * power / columns.size + 1e-9 * power
    return Pilots(
        places.pilots, response, weight, slope, places.pilots_above, places.n_fft, centre, power, curvature, noise_var
    )


@compiled
def variances(pilots: Pilots) -> tuple[float, float]:
    """Variances of one symbol's phase `[rad²]` and delay `[samples²]`."""
    return pilots.noise_var / (2.0 * pilots.power), pilots.noise_var / (2.0 * pilots.curvature)


@compiled
def read_cells(spectrum: ComplexArray, signs: FloatArray, moved: IntArray, pilots: Pilots, cells: ComplexArray) -> None:
    """Fill c_p of every row, c64 `[rows, n_pilots]`, with the phase slope undone of windows that were `moved`."""
    for m in range(len(moved)):
        row = spectrum[m]
        for p in range(pilots.bins.size):
            cell = row[pilots.bins[p]] * np.conj(pilots.response[p]) * signs[m, p]
            if moved[m]:
                cell *= np.complex64(np.exp(1j * pilots.slope[p] * moved[m]))
            cells[m, p] = cell


@compiled
def phasors(phase: float, delay: float, pilots: Pilots, turned: ComplexVector) -> None:
    """Fill e^{-j(φ + (b_p - b̄) d)}, c128 `[n_pilots]`.

    Pilots mirror each other about zero, and powers of two of one factor make all of theirs from one to the next.
    """
    half, angle = pilots.above.size, 2.0 * np.pi * delay / pilots.n_fft
    centre = np.exp(-1j * (phase - pilots.centre * delay))
    single, power = np.exp(1j * angle), 1.0 + 0.0j
    at = 0
    for i in range(half):
        rest, factor = pilots.above[i] - at, single
        while rest:
            if rest & 1:
                power *= factor
            factor *= factor
            rest >>= 1
        at = pilots.above[i]
        turned[half + i] = centre * power
        turned[half - 1 - i] = centre * np.conj(power)


@compiled
def measure(
    cells: ComplexArray, phase: float, delay: float, pilots: Pilots, turned: ComplexVector
) -> tuple[complex, float]:
    """Return z / A and the delay error `[samples]` of one row at a presumed phase and delay; overwrites `turned`."""
    phasors(phase, delay, pilots, turned)
    total, across = 0j, 0.0
    for p in range(cells.size):
        value = cells[p] * turned[p] * pilots.weight[p]
        total += value
        across += (pilots.slope[p] - pilots.centre) * value.imag
    return total / pilots.power, across / pilots.curvature


@compiled
def follow(
    cells: ComplexArray,
    pilots: Pilots,
    walk: Walk,
    states: tuple[State, State],
    alert: int,
    phase: FloatVector,
    delay: FloatVector,
    amplitude: FloatVector,
) -> tuple[tuple[State, State], int]:
    """Track phase and delay through the rows, c64 `[rows, n_pilots]`, by an extended Kalman filter.

    Fills each row's measured `phase` and `delay`, f64 `[rows]`, and its `amplitude` as seen from what was known before
    it. Stops before a row, from row `alert` on, whose delay is further from what was known than chance explains, or
    whose pilots disagree among themselves by more than noise.

    Returns:
        Phase and delay at the last row that was followed, and how many were.
    """
    phase_state, delay_state = states
    row_vars = variances(pilots)
    turned = np.empty(pilots.slope.size, dtype=np.complex128)
    n_pilots = pilots.slope.size
    noise = pilots.noise_var * (n_pilots + STEP_DEVIATIONS * np.sqrt(n_pilots))
    for m in range(len(cells)):
        ahead, later = predicted(phase_state, walk), predicted(delay_state, Walk(0.0, 0.0))
        seen, late = measure(cells[m], ahead.level, later.level, pilots, turned)
        if m >= alert:
            stepped = late * late > STEP_DEVIATIONS**2 * (later.level_var + row_vars[1])
            if stepped or _residual(cells[m], seen.real, pilots) > SHARE_OF_ALERT * pilots.power + noise:
                return (phase_state, delay_state), m
        late = min(max(late, -1.0), 1.0)
        amplitude[m] = seen.real
        phase[m], delay[m] = ahead.level + np.angle(seen), later.level + late
        phase_state = updated(ahead, float(np.angle(seen)), row_vars[0])
        delay_state = updated(later, late, row_vars[1])
    return (phase_state, delay_state), len(cells)


@compiled
def _residual(cells: ComplexArray, amplitude: float, pilots: Pilots) -> float:
    """Σ |c_p e^{-j…} - |h_p|²|² / (|h_p|² p_p) of one row, in which Re z / A is the `amplitude`."""
    total = pilots.power * (1.0 - 2.0 * amplitude)
    for p in range(cells.size):
        gain = pilots.response[p].real ** 2 + pilots.response[p].imag ** 2 + 1e-30
        total += (cells[p].real ** 2 + cells[p].imag ** 2) / gain * pilots.weight[p]
    return total


@compiled
def refine(
    cells: ComplexArray, pilots: Pilots, phase: FloatVector, delay: FloatVector
) -> tuple[FloatVector, FloatVector]:
    """Return phase and delay of every row, f64 `[rows]` each, measured about what is known of them."""
    turned = np.empty(pilots.slope.size, dtype=np.complex128)
    phases, delays = np.empty(len(cells)), np.empty(len(cells))
    for m in range(len(cells)):
        seen, late = measure(cells[m], phase[m], delay[m], pilots, turned)
        # Im z / A has no bias where single rows are noisy; the angle of z has the right scale where it is large.
        phases[m] = phase[m] + (seen.imag if abs(seen.imag) < 0.5 * seen.real else np.angle(seen))
        delays[m] = delay[m] + late
    return phases, delays


@compiled
def turn_back(cells: ComplexArray, pilots: Pilots, phase: FloatVector, delay: FloatVector) -> None:
    """Take every row's phase and delay out of its cells."""
    turned = np.empty(pilots.slope.size, dtype=np.complex128)
    for m in range(len(cells)):
        phasors(phase[m], delay[m], pilots, turned)
        for p in range(turned.size):
            cells[m, p] *= np.complex64(turned[p])
