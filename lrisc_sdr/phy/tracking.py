# SPDX-License-Identifier: MIT
"""Common phase and timing of every OFDM symbol of a burst, from its pilots.

A residual carrier offset turns symbol m by φ_m; a sampling clock offset ε delays it by d_m = ε m T samples, which is a
phase slope over the carriers:

    Y_mk = h_k X_mk e^{j(φ_m - 2πk (d_m - a_m)/N)} + noise          a_m: whole samples by which the window was moved

The burst is taken in segments: each is demodulated with windows predicted from those before it, so that a burst may be
of any length. A Kalman filter follows the phase, a walk with a steady turn, and the delay, a line, through the segment.
Where the pilots are lost, the stream may have slipped by a few samples: then tracking goes on behind the slip, in a new
stretch. In the end every stretch is smoothed over all of its symbols, with the walk that is most likely.
"""

from __future__ import annotations

from typing import NamedTuple

from lrisc_sdr.compiled import compiled
from lrisc_sdr.phy.channel_estimation import ChannelEstimate
from lrisc_sdr.phy.fitting import coherent_rows
from lrisc_sdr.phy.layout import Layout
from lrisc_sdr.phy.pilots import Pilots, follow, pilots_of, refine, turn_back, variances
from lrisc_sdr.phy.rows import Signal, Track, empty_track, read_rows
from lrisc_sdr.phy.slip import PROBE, Line, is_weak, resumed, search
from lrisc_sdr.phy.trend import State, Walk, filtered, smooth
from lrisc_sdr.types import ComplexArray
from lrisc_sdr.waveform import Waveform

TURN_FLOOR = 0.003
"""Rms error of the preamble's turn per symbol besides noise: phase noise, and drift of the carrier `[rad]`."""

MOST_PPM = 150.0
"""Largest sampling clock offset for which windows stay in the prefix from segment to segment `[parts per million]`."""

WALKS = (
    (0.005**2, 0.0),
    (0.03**2, 0.0),
    (0.2**2, 0.0),
    (0.0, 0.0003**2),
    (0.0, 0.005**2),
)
"""Variances per symbol of a phase's level `[rad²]` and slope among which the likeliest is chosen."""

WALK_EVIDENCE = 4.0
"""Log-likelihood by which a walking phase must be better than a straight one."""


class Start(NamedTuple):
    """Where tracking begins.

    Attributes:
        pilots: constants of the pilots.
        before: phase at the pilots' centre and delay one row before the first.
    """

    pilots: Pilots
    before: tuple[State, State]


class Stretch(NamedTuple):
    """Rows from `begin` to `end` that are tracked as one, and phase and delay one row before them."""

    begin: int
    end: int
    before: tuple[State, State]


def track(
    samples: ComplexArray, first: int, frequency: float, start: Start, rows: int, waveform: Waveform
) -> tuple[Track, Stretch]:
    """Demodulate `rows` symbols after the preamble, and track them as far as the pilots go.

    Args:
        samples: c64 `[n]`.
        first: first sample of the preamble's first transform window.
        frequency: carrier frequency offset; what remains must be far below half a turn per symbol `[rad/sample]`.
        start: pilots, phase and delay as the preamble has shown them at this `frequency`.
        rows: symbols after the preamble.
        waveform: the burst's waveform.

    Returns:
        What was found; its last stretch is followed, but is still to be smoothed by `smoothed`.
    """
    found = empty_track(rows, waveform)
    signal = Signal(samples, first + waveform.preamble_symbols * waveform.symbol_samples, frequency)
    size = max(4, int(waveform.cp_samples / 6 / (MOST_PPM * 1e-6 * waveform.symbol_samples)))
    begin, done, alert = 0, 0, 0
    before = states = start.before
    while done < rows:
        part = slice(done, min(done + size, rows))
        read_rows(signal, found, part, states[1], start.pilots, waveform)
        states, done, lost = followed(found, start.pilots, states, (begin, part.start, part.stop, alert))
        if lost == done == part.stop:
            continue
        suspected = lost == done
        if suspected:
            line = Line(done - 1, states[0].level, states[0].slope, states[1].level, states[1].slope)
        else:
            smoothed(found, start.pilots, Stretch(begin, lost, before))
            turn = found.line[0] + start.pilots.centre * found.line[1]
            line = Line(lost - 1, found.phase[lost - 1], turn, found.delay[lost - 1], found.line[1])
        behind = lost + 1 if suspected else lost + 2
        probe = slice(behind, min(behind + PROBE, rows))
        slip = search(signal, found, probe, line, start.pilots, waveform) if line.row >= begin else None
        if suspected and (is_weak(start.pilots, probe) or (slip is not None and slip[0] == 0.0)):
            # Noise or interference, and the pilots are where they were; or a loss that only their amplitude can show.
            alert = done + PROBE
            continue
        if suspected:
            lost = max(done - 1, begin)
            smoothed(found, start.pilots, Stretch(begin, lost, before))
        if slip is None:
            return found, Stretch(lost, lost, before)
        before = states = resumed(line, behind - 1, slip, start.before)
        begin = done = alert = behind
    return found, Stretch(begin, rows, before)


@compiled
def started(channel: ChannelEstimate, places: Layout) -> Start:
    """The pilots, and phase and delay one row before the first: zero in the preamble's middle, by definition of ĥ."""
    pilots = pilots_of(channel, places)
    phase_var, delay_var = variances(pilots)
    symbols = places.signs.size
    lead = 0.5 * (symbols - 1)
    # The preamble has this many times the pilots of one symbol.
    more = places.used.size * symbols / pilots.bins.size
    turn_var = phase_var / more * 12.0 / (symbols**2 - 1.0) + TURN_FLOOR**2
    # Where the carriers' centre is not at zero, a delay turns them.
    turn = channel.turn + pilots.centre * channel.drift
    phase = State(turn * lead, turn, phase_var / more + lead**2 * turn_var, lead * turn_var, turn_var)
    drift, drift_var = channel.drift, channel.drift_var
    delay = State(drift * lead, drift, delay_var / more + lead**2 * drift_var, lead * drift_var, drift_var)
    return Start(pilots, (phase, delay))


@compiled
def followed(
    found: Track, pilots: Pilots, states: tuple[State, State], rows: tuple[int, int, int, int]
) -> tuple[tuple[State, State], int, int]:
    """Follow the rows from the second to the third of `rows`, of a stretch that began at the first.

    From the fourth on, it stops before a row whose delay may have slipped.

    Returns:
        Phase and delay at the last row that was followed, the row after it, and the row at which the stretch's pilots
        were lost: that same row if they were not.
    """
    begin, done, end, alert = rows
    part = slice(done, end)
    # Until the stretch is smoothed, the pilots' amplitudes are kept where the variances will be.
    amplitude = found.phase_var
    states, followed_rows = follow(
        found.cells[part],
        pilots,
        _slack(pilots),
        states,
        alert - done,
        found.phase[part],
        found.delay[part],
        amplitude[part],
    )
    done += followed_rows
    return states, done, begin + coherent_rows(amplitude[begin:done], pilots.power / pilots.noise_var)


@compiled
def _slack(pilots: Pilots) -> Walk:
    """Room for phase noise and a drifting carrier on the way; the smoother decides what was there."""
    return Walk(variances(pilots)[0] / 16.0 + 1e-4, 1e-6)


@compiled
def smoothed(found: Track, pilots: Pilots, stretch: Stretch) -> None:
    """Smooth phase and delay of a stretch, tell their variances, and take both out of the cells."""
    if stretch.end <= stretch.begin:
        return
    rows, before = slice(stretch.begin, stretch.end), stretch.before
    cells, found.usable[rows] = found.cells[rows], True
    phase, phase_var, delay, delay_var = (
        found.phase[rows],
        found.phase_var[rows],
        found.delay[rows],
        found.delay_var[rows],
    )
    still, row_vars = Walk(0.0, 0.0), variances(pilots)
    # What was measured on the way was so from afar: it is measured anew about what all rows together say.
    phases, delays = phase.copy(), delay.copy()
    smooth(phases, row_vars[0], before[0], _slack(pilots), phase, phase_var)
    smooth(delays, row_vars[1], before[1], still, delay, delay_var)
    phases, delays = refine(cells, pilots, phase, delay)
    _, delay_end = filtered(delays, row_vars[1], before[1], still)
    smooth(delays, row_vars[1], before[1], still, delay, delay_var)
    straight, phase_end = filtered(phases, row_vars[0], before[0], still)
    best, likeliest = straight + WALK_EVIDENCE, still
    for level_var, slope_var in WALKS:
        walk = Walk(level_var, slope_var)
        likelihood, _ = filtered(phases, row_vars[0], before[0], walk)
        if likelihood > best:
            best, likeliest = likelihood, walk
    smooth(phases, row_vars[0], before[0], likeliest, phase, phase_var)
    turn_back(cells, pilots, phase, delay)
    if len(phase) > found.line[2]:
        # At carrier zero a change of delay turns nothing.
        found.line[0] = phase_end.slope - pilots.centre * delay_end.slope
        found.line[1], found.line[2] = delay_end.slope, len(phase)
