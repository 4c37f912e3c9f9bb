# SPDX-License-Identifier: MIT
"""How much a run measures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from lrisc_sdr.waveform import DEFAULT, PRESETS

T = TypeVar("T")


@dataclass(frozen=True)
class Effort:
    """How much a run measures.

    Attributes:
        quick: a smoke run.
        seed: of everything random.
    """

    quick: bool = False
    seed: int = 0

    def choose(self, full: T, quick: T) -> T:
        """One of two amounts."""
        return quick if self.quick else full

    @property
    def presets(self) -> list[str]:
        """The waveforms that are measured: all, or the default one."""
        return [DEFAULT] if self.quick else list(PRESETS)
