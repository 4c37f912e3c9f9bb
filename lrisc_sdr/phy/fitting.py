# SPDX-License-Identifier: MIT
"""Statistics that the stages share: where a burst is lost, and two measures of one variance."""

from __future__ import annotations

import numpy as np

from lrisc_sdr.compiled import compiled
from lrisc_sdr.phy.layout import FloatVector

LOST_EVIDENCE = 20.0
"""Log-likelihood ratio above which pilots count as lost; by chance it is exceeded with probability e^-20."""

DISAGREEMENT = 3.0
"""Deviations beyond which two estimates of a variance are not of the same noise."""


@compiled
def coherent_rows(amplitude: FloatVector, strength: float) -> int:
    """Rows before an amplitude, f64 `[rows]`, of variance 1/(2 · `strength`) falls from 1 to 0 for good.

    The log-likelihood ratio of "lost" against "there" in one row is `strength` (1 - 2 a); the loss lies where its sum
    up to the end is largest. The row before it may be half lost, and goes too.
    """
    evidence, most, row = 0.0, 0.0, amplitude.size
    for m in range(amplitude.size - 1, -1, -1):
        evidence += strength * (1.0 - 2.0 * amplitude[m])
        if evidence > most:
            most, row = evidence, m
    return max(row - 1, 0) if most > LOST_EVIDENCE else amplitude.size


@compiled
def pooled(variance: float, degrees: float, pilots: float, pilot_degrees: float) -> tuple[float, float]:
    """Return one noise variance and its complex degrees of freedom from the preamble's and the pilots'.

    They are averaged by degrees of freedom, but the pilots alone count where they show `DISAGREEMENT` deviations more
    noise: the channel estimate has then taken up part of what repeats with the preamble, such as its mirror image.
    """
    if not pilot_degrees > 0.0:
        return variance, degrees
    if pilots > variance * (1.0 + DISAGREEMENT * np.sqrt(1.0 / degrees + 1.0 / pilot_degrees)):
        return pilots, pilot_degrees
    total = degrees + pilot_degrees
    return (variance * degrees + pilots * pilot_degrees) / total, total
