# SPDX-License-Identifier: MIT
"""What a transmitter makes of its receiver's last report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from lrisc_sdr.link.messages import ChannelReport
from lrisc_sdr.runs.settings import LOWEST_SNR_DB


def next_snr_db(report: ChannelReport | None, margin_db: float) -> float:
    """Es/N0 that the encoder of the next picture is told `[dB]`: what was measured less a margin.

    The lowest that the codec knows where nothing was heard: no frame of the picture arrived.
    """
    return LOWEST_SNR_DB if report is None else report.snr_db - margin_db


def merged(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One receiver's report of the reports of several runs of it: counters added, pictures together."""
    whole = dict(parts[0])
    whole["samples_received"] = sum(part.get("samples_received") or 0 for part in parts)
    funnel: Counter[str] = Counter()
    for part in parts:
        funnel.update(part.get("funnel", {}))
    whole["funnel"] = dict(funnel)
    whole["pictures"] = {number: row for part in parts for number, row in part["pictures"].items()}
    return whole
