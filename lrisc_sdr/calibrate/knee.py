# SPDX-License-Identifier: MIT
"""Where more costs more than it brings: the transmitter's power, and the receiver's gain."""

from __future__ import annotations

from collections.abc import Sequence

from lrisc_sdr.calibrate.profile import GainRow, PowerRow
from lrisc_sdr.errors import FramesFailed

POWER_DB = 1.0
GAIN_DB = 0.5


def power_knee(rows: Sequence[PowerRow]) -> PowerRow:
    """The row of the greatest power whose error vector is at most a decibel above the smallest of all.

    Below the knee an error vector falls by a decibel with every decibel of power, if the receiver's noise makes it, or
    stays; above it the amplifier's distortion takes over. Of rows with the same power, the one with the larger back-off
    is meant: its converter clips less.

    Raises:
        FramesFailed: nothing was heard with any row.
    """
    heard = [(row.evm_db, row) for row in rows if row.evm_db is not None]
    if not heard:
        raise FramesFailed("no burst was heard at any power: check frequency, gain and antennas")
    limit_db = min(evm_db for evm_db, _ in heard) + POWER_DB
    good = [row for evm_db, row in heard if evm_db <= limit_db]
    return min(good, key=lambda row: (round(row.attenuation_db + row.backoff_db, 6), -row.backoff_db))


def best_gain(rows: Sequence[GainRow]) -> GainRow:
    """The row of the lowest gain that costs no more than half a decibel: what it leaves is room for stronger signals.

    Costs are of Es/N0 where bursts were heard, else of the noise at the input.
    """
    heard = [(row.snr_db, row) for row in rows if row.snr_db is not None]
    if heard:
        limit_db = max(snr_db for snr_db, _ in heard) - GAIN_DB
        good = [row for snr_db, row in heard if snr_db >= limit_db]
    else:
        limit_db = min(row.input_dbfs for row in rows) + GAIN_DB
        good = [row for row in rows if row.input_dbfs <= limit_db]
    return min(good, key=lambda row: row.gain_db)
