# SPDX-License-Identifier: MIT
"""A table of a profile in words and rows, for a terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lrisc_sdr.calibrate.profile import Delay, Frequency, Iq, RxGain, Snr, TxPower

Row = tuple[float | str | None, ...]


@dataclass(frozen=True)
class Summary:
    """The result in one line, and rows under the names of their columns."""

    line: str
    columns: tuple[str, ...]
    rows: list[Row]


def summary(table: Any) -> Summary:
    """What a table says."""
    return _SUMMARIES[type(table)](table)


def _frequency(table: Frequency) -> Summary:
    clock = "" if table.clock_ppm is None else f"; by the sampling clock {table.clock_ppm:+.2f} ppm"
    line = f"crystal {table.crystal_ppm:+.4f} ppm, standard deviation {table.deviation_ppm:.4f}{clock}"
    return Summary(line, ("time s", "crystal ppm"), [(row.time_s, row.ppm) for row in table.rows])


def _rx_gain(table: RxGain) -> Summary:
    line = f"best manual gain {table.gain_db:g} dB, noise floor there {table.noise_dbfs:.2f} dBFS"
    rows: list[Row] = [(row.gain_db, row.noise_dbfs, row.input_dbfs, row.snr_db) for row in table.rows]
    return Summary(line, ("gain dB", "noise dBFS", "at the input dBFS", "Es/N0 dB"), rows)


def _tx_power(table: TxPower) -> Summary:
    line = (
        f"knee at attenuation {table.attenuation_db:g} dB with back-off {table.backoff_db:g} dB: "
        f"error vector {table.evm_db:.2f} dB"
    )
    rows: list[Row] = [(row.attenuation_db, row.backoff_db, row.evm_db) for row in table.rows]
    return Summary(line, ("attenuation dB", "back-off dB", "EVM dB"), rows)


def _iq(table: Iq) -> Summary:
    sides = [(name, side) for name, side in (("receiver", table.rx), ("transmitter", table.tx)) if side is not None]
    line = "; ".join(
        f"{name}: image {side.image_dbc:.1f} dBc, corrected {side.corrected_image_dbc:.1f} dBc" for name, side in sides
    )
    rows: list[Row] = [
        (name, side.image_dbc, side.corrected_image_dbc, side.dc_dbfs, side.corrected_dc_dbfs) for name, side in sides
    ]
    return Summary(line, ("side", "image dBc", "corrected dBc", "leak dBFS", "corrected dBFS"), rows)


def _delay(table: Delay) -> Summary:
    line = (
        f"{table.samples:.2f} samples ({table.seconds * 1e6:.2f} µs) from the transmitter to the receiver, "
        f"spread {table.spread_samples:.2f} samples"
    )
    return Summary(line, ("burst", "samples"), [(float(k + 1), value) for k, value in enumerate(table.rows)])


def _snr(table: Snr) -> Summary:
    ceiling = "none" if table.ceiling_db is None else f"{table.ceiling_db:.1f} dB"
    line = (
        f"estimates less true Es/N0: mean {table.mean_error_db:+.3f} dB, worst {table.worst_error_db:.3f} dB; "
        f"ceiling {ceiling}"
    )
    rows: list[Row] = [
        (row.attenuation_db, row.estimated_db, row.expected_db, row.estimated_db - row.expected_db)
        for row in table.rows
    ]
    return Summary(line, ("attenuation dB", "estimated dB", "by the steps dB", "error dB"), rows)


_SUMMARIES: dict[type, Callable[[Any], Summary]] = {
    Frequency: _frequency,
    RxGain: _rx_gain,
    TxPower: _tx_power,
    Iq: _iq,
    Delay: _delay,
    Snr: _snr,
}
