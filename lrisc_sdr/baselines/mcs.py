# SPDX-License-Identifier: MIT
"""Modulation and coding schemes: 5G's table up to 64-QAM, and from which SNR each works with the decoder of ldpc.py."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from lrisc_sdr.errors import ConfigurationError

THRESHOLDS_FILE = "thresholds.json"

_RATES = {
    2: (120, 157, 193, 251, 308, 379, 449, 526, 602, 679),
    4: (340, 378, 434, 490, 553, 616, 658),
    6: (438, 466, 517, 567, 616, 666, 719, 772, 822, 873, 910, 948),
}


@dataclass(frozen=True)
class Mcs:
    """A row of TS 38.214, table 5.1.3.1-1.

    Attributes:
        index: of the row, 0 to 28.
        order: bits a symbol.
        rate: information bits a coded bit, CRC counted as information.
    """

    index: int
    order: int
    rate: float

    @property
    def efficiency(self) -> float:
        """Bits of information a symbol."""
        return self.order * self.rate


MCS_TABLE = tuple(
    Mcs(index, order, in_1024 / 1024)
    for index, (order, in_1024) in enumerate((order, rate) for order, rates in _RATES.items() for rate in rates)
)


def mcs(index: int) -> Mcs:
    """Return a row of the table.

    Raises:
        ConfigurationError: there is no such row.
    """
    if not 0 <= index < len(MCS_TABLE):
        raise ConfigurationError(f"an MCS is a number from 0 to {len(MCS_TABLE) - 1}, not {index}")
    return MCS_TABLE[index]


def best_mcs(snr_db: float, margin_db: float = 0.0) -> Mcs:
    """Return the row of most bits a symbol whose threshold is at most snr_db − margin_db, or else the lowest row."""
    working = [row for row in MCS_TABLE if thresholds_db()[row.index] + margin_db <= snr_db]
    return max(working, key=lambda row: row.efficiency, default=MCS_TABLE[0])


@cache
def thresholds_db() -> tuple[float, ...]:
    """Es/N0 from which each row loses at most 1 % of its transmissions over AWGN `[dB]`; the file says how measured."""
    content = json.loads((files("lrisc_sdr.baselines") / THRESHOLDS_FILE).read_text(encoding="utf-8"))
    return tuple(content["by_mcs"][str(row.index)]["threshold_db"] for row in MCS_TABLE)
