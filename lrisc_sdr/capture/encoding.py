# SPDX-License-Identifier: MIT
"""Samples as recordings hold them."""

from __future__ import annotations

import numpy as np

from lrisc_sdr.capture.names import CI16_SCALE, DTYPES
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.types import ComplexArray


def require_recordable(datatype: str, rate_sps: float) -> None:
    """Whether recordings are written so.

    Raises:
        ConfigurationError: a data type that is not written, or a rate that is not one.
    """
    if datatype not in DTYPES:
        raise ConfigurationError(f"recordings are written as {' or '.join(DTYPES)}, not {datatype}")
    if not 1.0 <= rate_sps <= 1e12:
        raise ConfigurationError(f"a recording needs a sampling rate in samples per second, not {rate_sps}")


def encoded(samples: ComplexArray, datatype: str) -> memoryview:
    """The bytes of c64 `[n]`; those of `ci16_le` are within ±1, and clipped beyond."""
    samples = np.ascontiguousarray(samples)
    if datatype != "ci16_le":
        return samples.astype("<c8", copy=False).view(np.uint8).data
    values = samples.view(np.float32) * np.float32(CI16_SCALE)
    np.rint(values, out=values)
    np.clip(values, -CI16_SCALE, CI16_SCALE - 1.0, out=values)
    return values.astype("<i2").view(np.uint8).data
