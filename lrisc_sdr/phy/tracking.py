# SPDX-License-Identifier: MIT
"""Common phase and timing of every OFDM symbol of a burst, from its pilots.

A residual carrier offset turns symbol m by φ_m; a sampling clock offset ε delays it by d_m = ε m T samples, which is a
phase slope over the carriers:

    Y_mk = h_k X_mk e^{j(φ_m - 2πk (d_m - a_m)/N)} + noise          a_m: whole samples by which the window was moved

The burst is taken in segments that grow threefold: each is demodulated with windows and phases predicted from those
before it, so a burst may be of any length, and every window is transformed once. Within a segment

 - φ is the angle of the pilots' sum, averaged over `SMOOTHING` symbols;
 - d is a line through all symbols so far, least squares with the preamble's estimate as prior;
 - the pilots' coherent amplitude, 1 on average, falls to 0 where samples were lost: symbols from there on are not used.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.fft

from lrisc_sdr.phy.channel_estimation import SCO_PPM, ChannelEstimate, carrier_phase
from lrisc_sdr.phy.fitting import FloatVector, coherent_rows, fit_line, jitter_share, pooled, smoothed_angle
from lrisc_sdr.phy.modulation import demodulate
from lrisc_sdr.types import ComplexArray
from lrisc_sdr.waveform import Waveform

SMOOTHING = 16
"""Symbols over which the common phase is averaged."""

_LARGEST_SEGMENT = 4096
_FIRST_DRIFT = 0.3  # samples of delay, unknown, at which a step of Gauss and Newton still finds the slope


@dataclass(frozen=True)
class Track:
    """The symbols after the preamble, demodulated, and what is known about phase and timing of each.

    Attributes:
        data: c64 `[rows, n_data]`, data carriers as received, in mapping order.
        pilots: c64 `[rows, n_pilots]`, Y X* h* with phase and delay taken away; mean |h|².
        null_energy: Σ|Y|² over the null carriers, f64 `[rows]`.
        phase: φ_m, f64 `[rows]` `[rad]`.
        phase_var: error variance of `phase` `[rad²]`.
        fitted: real degrees of freedom that `phase` took of each symbol, 0 to 1.
        delay: d_m - a_m, f64 `[rows]` `[samples]`.
        coherent: rows before the pilots were lost; all of them if they never were.
        turn: mean change of phase from symbol to symbol `[rad]`.
        drift: change of delay from symbol to symbol `[samples]`.
        delay_var: variance of `delay` in the middle of the burst `[samples²]`.
    """

    data: ComplexArray
    pilots: ComplexArray
    null_energy: FloatVector
    phase: FloatVector
    phase_var: float
    fitted: float
    delay: FloatVector
    coherent: int
    turn: float
    drift: float
    delay_var: float


@dataclass
class _State:
    """What the segments so far have shown; `position` counts symbols from the preamble's middle."""

    phase: float = 0.0
    turn: float = 0.0
    position: float = 0.0
    offset: float = 0.0
    drift: float = 0.0
    delay_var: float = 0.0
    positions: list[FloatVector] = field(default_factory=list)
    delays: list[FloatVector] = field(default_factory=list)


def track(
    samples: ComplexArray, first: int, frequency: float, channel: ChannelEstimate, rows: int, waveform: Waveform
) -> Track:
    """Demodulate and track `rows` symbols after the preamble.

    Args:
        samples: c64 `[n]`.
        first: first sample of the preamble's first transform window.
        frequency: carrier frequency offset; what remains must be far below half a turn per symbol `[rad/sample]`.
        channel: the preamble's estimate at this `frequency`.
        rows: symbols after the preamble.
        waveform: the burst's waveform.
    """
    pilots = _Pilots(channel, waveform)
    state = _State(drift=channel.drift)
    parts: list[Track] = []
    done = 0
    size = max(4, int(_FIRST_DRIFT / (2e-6 * SCO_PPM * waveform.symbol_samples)))
    while done < rows:
        part = _segment(samples, first, frequency, done, min(size, rows - done), pilots, state)
        parts.append(part)
        done += len(part.phase)
        if part.coherent < len(part.phase):
            break
        size = min(2 * done, _LARGEST_SEGMENT)
    return _joined(parts, rows, state, pilots)


class _Pilots:
    """Constants of a burst's pilots."""

    def __init__(self, channel: ChannelEstimate, waveform: Waveform) -> None:
        self.waveform = waveform
        self.channel = channel
        self.response = channel.response[waveform.pilot_columns]
        power = np.abs(self.response.astype(np.complex128)) ** 2
        self.power = float(power.sum()) + 1e-30
        self.slope: FloatVector = carrier_phase(waveform)[waveform.pilot_columns]
        self.centre = float(self.slope @ power) / self.power
        self.centred = self.slope - self.centre
        self.curvature = float(self.centred**2 @ power) + 1e-30
        self.middle = (waveform.preamble_symbols - 1) / 2.0
        noise_var = self.noise_var = channel.noise_var + 1e-9 * self.power
        self.strength = self.power / noise_var
        self.turn_deviation = float(np.sqrt(noise_var / (2.0 * float(np.sum(np.abs(channel.response) ** 2)) + 1e-30)))
        self.delay_var = noise_var / (2.0 * self.curvature)
        used = waveform.n_used * waveform.preamble_symbols / waveform.n_pilots
        self.offset_var = self.delay_var / used


def _segment(
    samples: ComplexArray, first: int, frequency: float, done: int, count: int, pilots: _Pilots, state: _State
) -> Track:
    waveform = pilots.waveform
    order = np.arange(done, done + count) + waveform.preamble_symbols
    position = order - pilots.middle
    predicted = state.offset + state.drift * position
    moved = np.rint(predicted).astype(np.int64)
    starts = np.clip(first + order * waveform.symbol_samples + moved, 0, samples.size - waveform.n_fft)
    spectrum = demodulate(samples, starts, frequency, waveform)
    values = spectrum[:, waveform.pilot_carriers] * (waveform.pilots(done, count) * np.conj(pilots.response))
    phase = state.phase + state.turn * (position - state.position)
    delay = predicted - moved
    values = _turned_back(values, phase, delay, pilots.slope)
    if done == 0:
        turn = _search_turn(values.sum(axis=1), pilots)
        phase = phase + turn * position
        values = _turned_back(values, turn * position, np.zeros(count), pilots.slope)
    angle = smoothed_angle(values.sum(axis=1), SMOOTHING)
    phase = phase + angle
    values = _turned_back(values, angle, np.zeros(count), pilots.slope)
    coherent = coherent_rows(values.sum(axis=1).real / pilots.power, pilots.strength)
    usable = slice(0, coherent)
    state.positions.append(position[usable])
    state.delays.append(np.zeros(coherent))
    for _ in range(2):
        step = values.imag @ pilots.centred / pilots.curvature
        state.delays[-1] = (delay + moved + step)[usable]
        _fit_delay(state, pilots)
        better = state.offset + state.drift * position - moved
        # The phase was measured at the pilots' centre: there a change of delay must not move it.
        values = _turned_back(values, -pilots.centre * (better - delay), better - delay, pilots.slope)
        phase = phase - pilots.centre * (better - delay)
        delay = better
    if coherent:
        _fit_phase(state, phase[usable], position[usable])
    return Track(
        data=spectrum[:, waveform.data_carriers],
        pilots=values.astype(np.complex64),
        null_energy=np.einsum("rk,rk->r", nulls := np.abs(spectrum[:, waveform.null_carriers]), nulls).astype(
            np.float64
        ),
        phase=phase,
        phase_var=0.0,
        fitted=0.0,
        delay=delay,
        coherent=coherent,
        turn=state.turn,
        drift=state.drift,
        delay_var=state.delay_var,
    )


def _turned_back(values: ComplexArray, phase: FloatVector, delay: FloatVector, slope: FloatVector) -> ComplexArray:
    turned: ComplexArray = values * np.exp(-1j * (phase[:, None] + np.outer(delay, slope))).astype(np.complex64)
    return turned


def _search_turn(sums: ComplexArray, pilots: _Pilots) -> float:
    """The preamble's estimate of the turn per symbol is good to `turn_deviation`, too little to extrapolate: search.

    Maximises |Σ_m u_m e^{-jωm}| over the preamble's symbols, whose phases are zero by definition, and the pilots' sums.
    """
    waveform = pilots.waveform
    lead = waveform.preamble_symbols
    sequence = np.empty(lead + len(sums), dtype=np.complex128)
    sequence[:lead] = float(np.sum(np.abs(pilots.channel.response) ** 2))
    sequence[lead:] = sums
    n_bins = scipy.fft.next_fast_len(16 * len(sequence))
    bound = min(max(6.0 * pilots.turn_deviation, 0.02), 0.5 * np.pi)
    reach = max(1, int(bound / (2.0 * np.pi) * n_bins))
    power = np.abs(scipy.fft.fft(sequence, n_bins)[np.arange(-reach - 1, reach + 2)]) ** 2
    best = int(np.argmax(power[1:-1])) + 1
    left, centre, right = power[best - 1 : best + 2]
    bend = left - 2.0 * centre + right
    fraction = 0.5 * (left - right) / bend if bend < 0.0 else 0.0
    return float((best - reach - 1 + np.clip(fraction, -0.5, 0.5)) * 2.0 * np.pi / n_bins)


def _fit_delay(state: _State, pilots: _Pilots) -> None:
    """Line d = offset + drift · position through all delays so far, with the preamble's estimate as prior."""
    position = np.concatenate(state.positions)
    delay = np.concatenate(state.delays) - pilots.channel.drift * position
    prior = (1.0 / pilots.offset_var, 1.0 / pilots.channel.drift_var)
    (offset, drift), covariance = fit_line(position, delay, 1.0 / pilots.delay_var, prior)
    state.offset, state.drift = float(offset), float(drift) + pilots.channel.drift
    middle = float(position.mean()) if len(position) else 0.0
    state.delay_var = float(covariance[0, 0] + 2 * middle * covariance[0, 1] + middle**2 * covariance[1, 1])


def _fit_phase(state: _State, phase: FloatVector, position: FloatVector) -> None:
    """Line through the last phases, which predicts the next segment's; what was known before is one more point."""
    recent = slice(-4 * SMOOTHING, None)
    x, y = np.append(state.position, position[recent]), np.append(state.phase, phase[recent])
    (end, turn), _ = fit_line(x - x[-1], y)
    state.phase, state.turn, state.position = float(end), float(turn), float(x[-1])


def _joined(parts: list[Track], rows: int, state: _State, pilots: _Pilots) -> Track:
    """The segments as one; rows after a loss that were not demodulated are zero."""
    phase, delay, null_energy = (_whole([getattr(part, name) for part in parts], rows) for name in _VECTORS)
    data, values = (_whole([getattr(part, name) for part in parts], rows) for name in _MATRICES)
    sums = values.sum(axis=1)
    coherent = sum(part.coherent for part in parts)
    if coherent == rows:
        # A loss near the end of one segment shows only with the rest.
        coherent = coherent_rows(sums.real / pilots.power, pilots.strength)
    jitter = sums.imag.astype(np.float64) / pilots.power
    noise_var, degrees = _noise_var(values[:coherent], jitter[:coherent], pilots)
    measured = noise_var / (2.0 * pilots.power)
    share = jitter_share(jitter[:coherent], measured, degrees, SMOOTHING)
    fitted = share + 1.0 / min(SMOOTHING, max(coherent, 1))
    last = coherent + pilots.middle
    return Track(
        data=data,
        pilots=_turned_back(values, share * jitter, np.zeros(rows), pilots.slope),
        null_energy=null_energy,
        phase=phase + share * jitter,
        phase_var=fitted * measured,
        fitted=fitted,
        delay=delay,
        coherent=coherent,
        turn=float(phase[coherent - 1]) / last if coherent else 0.0,
        drift=state.drift,
        delay_var=state.delay_var * noise_var / pilots.noise_var,
    )


def _noise_var(values: ComplexArray, jitter: FloatVector, pilots: _Pilots) -> tuple[float, float]:
    """Noise variance of the pilots and its degrees of freedom, pooled with the preamble's.

    What is constant over the burst is the channel estimate's error; what all pilots of a symbol turn by is phase. Rows
    are averaged by their median, since a few may be disturbed: that of χ² with k degrees is k (1 - 2/9k)³.
    """
    rows, n_pilots = values.shape
    if rows < 2:
        return pilots.noise_var, pilots.channel.degrees
    amplitude = np.abs(pilots.response.astype(np.complex128)) + 1e-15
    error = values / amplitude - np.outer(1.0 + 1j * jitter, amplitude)
    error -= error.mean(axis=0)
    per_row = n_pilots - 0.5
    energy = float(np.median(np.sum(np.abs(error) ** 2, axis=1))) / (1.0 - 1.0 / (9.0 * per_row)) ** 3
    shown = energy / (per_row * (1.0 - 1.0 / rows))
    # The median of many is as good as the mean of 0.64 as many.
    return pooled(pilots.noise_var, pilots.channel.degrees, shown, 0.64 * per_row * (rows - 1))


_VECTORS = ("phase", "delay", "null_energy")
_MATRICES = ("data", "pilots")


def _whole(arrays: list[Any], rows: int) -> Any:
    """The arrays in a row, filled up with zeros to `rows`."""
    missing = rows - sum(len(array) for array in arrays)
    if missing:
        arrays.append(np.zeros((missing, *arrays[0].shape[1:]), dtype=arrays[0].dtype))
    return np.concatenate(arrays) if len(arrays) > 1 else arrays[0]
