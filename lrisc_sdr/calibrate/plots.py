# SPDX-License-Identifier: MIT
"""Every calibration's plot, drawn from its table of the profile."""

from __future__ import annotations

import importlib
import io
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from lrisc_sdr.calibrate.profile import Delay, Frequency, Iq, RxGain, Snr, TxPower
from lrisc_sdr.errors import ConfigurationError, MissingExtra

BLUE, RED, GREEN, PINK, ORANGE = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00"
"""Of Okabe and Ito, told apart with every kind of colour vision."""
COLOURS = (BLUE, RED, GREEN, PINK, ORANGE, "#56B4E9", "#555555")
MARKERS = "os^Dv<>"
GOAL_DBC = -50.0


def require_plots() -> None:
    """Whether plots can be drawn: known before anything is measured.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    try:
        importlib.import_module("matplotlib.figure")
    except ImportError as error:
        raise MissingExtra("matplotlib", "report") from error


def write_plot(table: Any, title: str, path: Path) -> None:
    """Draw a table of a profile into a PNG; the file is whole at any moment.

    Raises:
        MissingExtra: matplotlib is not installed.
        ConfigurationError: the file cannot be written.
    """
    require_plots()
    figure_class = importlib.import_module("matplotlib.figure").Figure
    figure = figure_class(figsize=(8.0, 4.5), dpi=100, layout="constrained")
    _DRAWN[type(table)](figure, table)
    figure.suptitle(title, fontsize=10)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(buffer.getvalue())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}; choose another --plot") from error


def _frequency(figure: Any, table: Frequency) -> None:
    axes = figure.subplots()
    times_s = [row.time_s for row in table.rows]
    axes.plot(times_s, [row.ppm for row in table.rows], "o", color=BLUE, ms=4, label=f"one of the {table.method}")
    axes.axhline(table.crystal_ppm, color=RED, label=f"mean {table.crystal_ppm:+.4f} ppm")
    axes.axhspan(table.crystal_ppm - 0.1, table.crystal_ppm + 0.1, color=RED, alpha=0.12, lw=0, label="±0.1 ppm")
    axes.set(xlabel="time [s]", ylabel="crystal too fast by [ppm]")
    axes.ticklabel_format(useOffset=False)
    _finish(axes)


def _rx_gain(figure: Any, table: RxGain) -> None:
    left, right = figure.subplots(1, 2)
    gains_db = [row.gain_db for row in table.rows]
    left.plot(gains_db, [row.noise_dbfs for row in table.rows], "o-", color=BLUE, label="noise floor [dBFS]")
    left.plot(gains_db, [row.input_dbfs for row in table.rows], "s-", color=GREEN, label="less the gain: at the input")
    left.set(xlabel="gain [dB]", ylabel="level [dBFS]")
    heard = [row for row in table.rows if row.snr_db is not None]
    if heard:
        right.plot([row.gain_db for row in heard], [row.snr_db for row in heard], "^-", color=RED, label="Es/N0")
    else:
        right.text(0.5, 0.5, "nothing was sent", ha="center", va="center", transform=right.transAxes)
    right.set(xlabel="gain [dB]", ylabel="Es/N0 [dB]")
    for axes in (left, right):
        axes.axvline(table.gain_db, color="#555555", ls=":", label=f"best: {table.gain_db:g} dB")
        _finish(axes)


def _tx_power(figure: Any, table: TxPower) -> None:
    axes = figure.subplots()
    for number, backoff_db in enumerate(sorted({row.backoff_db for row in table.rows})):
        own = [row for row in table.rows if row.backoff_db == backoff_db and row.evm_db is not None]
        power_db = [-row.attenuation_db - row.backoff_db for row in own]
        style = {"color": COLOURS[number % len(COLOURS)], "marker": MARKERS[number % len(MARKERS)], "ms": 4}
        axes.plot(power_db, [row.evm_db for row in own], label=f"back-off {backoff_db:g} dB", **style)
    label = f"knee: attenuation {table.attenuation_db:g} dB, back-off {table.backoff_db:g} dB"
    knee_db = -table.attenuation_db - table.backoff_db
    axes.plot([knee_db], [table.evm_db], "*", color="black", ms=13, label=label)
    axes.set(
        xlabel="mean power under that of full scale without attenuation [dB]", ylabel="error vector magnitude [dB]"
    )
    _finish(axes)


def _iq(figure: Any, table: Iq) -> None:
    panels = figure.subplots(1, 2)
    sides = [(name, side) for name, side in (("receiver", table.rx), ("transmitter", table.tx)) if side is not None]
    places = np.arange(len(sides))
    for axes, what, before, after in (
        (panels[0], "mirror image [dBc]", "image_dbc", "corrected_image_dbc"),
        (panels[1], "carrier leak [dBFS]", "dc_dbfs", "corrected_dc_dbfs"),
    ):
        for shift, field, colour, label in ((-0.2, before, RED, "before"), (0.2, after, BLUE, "after the correction")):
            values = [getattr(side, field) for _, side in sides]
            bars = axes.bar(
                places + shift, [value + 120.0 for value in values], 0.36, -120.0, color=colour, label=label
            )
            axes.bar_label(bars, [f"{value:.1f}" for value in values], padding=2, fontsize=9)
        axes.set(ylim=(-120.0, 0.0), ylabel=what)
        axes.set_xticks(places, [name for name, _ in sides])
        axes.set_xlim(-0.6, len(sides) - 0.4)
        if what.startswith("mirror"):
            axes.axhline(GOAL_DBC, color="#555555", ls=":", label=f"{GOAL_DBC:g} dBc")
        _finish(axes)


def _delay(figure: Any, table: Delay) -> None:
    axes = figure.subplots()
    axes.plot(np.arange(1, len(table.rows) + 1), table.rows, "o", color=BLUE, label="one burst")
    label = f"median {table.samples:.2f} samples, {table.seconds * 1e6:.1f} µs"
    axes.axhline(table.samples, color=RED, label=label)
    axes.set(xlabel="burst", ylabel="from the hand-over to the arrival [samples]")
    axes.ticklabel_format(useOffset=False)
    axes.margins(y=0.5)
    _finish(axes)


def _snr(figure: Any, table: Snr) -> None:
    left, right = figure.subplots(1, 2)
    attenuation_db = [row.attenuation_db for row in table.rows]
    left.plot(attenuation_db, [row.expected_db for row in table.rows], "-", color=RED, label="by the steps")
    left.plot(attenuation_db, [row.estimated_db for row in table.rows], "o", color=BLUE, label="estimated")
    left.set(xlabel="attenuation [dB]", ylabel="Es/N0 [dB]")
    errors_db = [row.estimated_db - row.expected_db for row in table.rows]
    right.plot(attenuation_db, errors_db, "o-", color=BLUE, label=f"worst {table.worst_error_db:.2f} dB")
    right.axhline(0.0, color="#555555", lw=0.8)
    right.set(xlabel="attenuation [dB]", ylabel="estimated less expected [dB]", ylim=_around(errors_db))
    for axes in (left, right):
        _finish(axes)


def _around(values: list[float]) -> tuple[float, float]:
    """Limits about zero, not narrower than half a decibel."""
    reach = max(0.5, 1.2 * max(abs(value) for value in values))
    return -reach, reach


def _finish(axes: Any) -> None:
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)


_DRAWN: dict[type, Callable[[Any, Any], None]] = {
    Frequency: _frequency,
    RxGain: _rx_gain,
    TxPower: _tx_power,
    Iq: _iq,
    Delay: _delay,
    Snr: _snr,
}
