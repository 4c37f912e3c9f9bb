# SPDX-License-Identifier: MIT
"""Names that writer and reader share: files, and the fields of the `lrisc` extension (docs/lrisc.sigmf-ext.md)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from lrisc_sdr.errors import InvalidCapture

META_SUFFIX = ".sigmf-meta"
DATA_SUFFIX = ".sigmf-data"
RAW_SUFFIX = ".cf32"

JOURNAL_SUFFIX = ".sigmf-journal"
"""Beside the samples of a recording that is being made; its form is told in `capture.journal`."""

SIGMF_VERSION = "1.2.0"
RECORDER = "lrisc-sdr"
EXTENSION: dict[str, Any] = {"name": "lrisc", "version": "1.1.0", "optional": True}
WAVEFORM_FIELD = "lrisc:waveform"
COUNT_FIELD = "lrisc:sample_count"
GAP_FIELD = "lrisc:gap"
OVERFLOW = "overflow"
"""The radio lost samples and went on: a receiver is not told, and goes on as well."""
RECONNECT = "reconnect"
"""The radio was lost and found again: a receiver begins anew."""
RECORDER_GAP = "recorder"
"""The receiver had these samples, the recorder did not write them."""
GAIN_FIELD = "lrisc:gain_db"
BANDWIDTH_FIELD = "lrisc:bandwidth_hz"
MAX_LABEL = 20

DTYPES = {"cf32_le": np.dtype("<c8"), "ci16_le": np.dtype([("re", "<i2"), ("im", "<i2")])}
"""The data types that are read and written, by their SigMF names."""
CI16_SCALE = 32768.0
"""A ci16 value of this size would be 1."""


def recording_files(path: str | os.PathLike[str]) -> tuple[Path, Path]:
    """Return the metadata and data files of a recording named with either suffix or none.

    Raises:
        InvalidCapture: the path has no name at its end.
    """
    given = Path(path)
    if given.name in ("", ".."):
        raise InvalidCapture(f"{given} is a folder: name a recording in it")
    stem = given.name
    for suffix in (META_SUFFIX, DATA_SUFFIX):
        stem = stem.removesuffix(suffix)
    return given.with_name(stem + META_SUFFIX), given.with_name(stem + DATA_SUFFIX)
