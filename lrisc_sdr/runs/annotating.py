# SPDX-License-Identifier: MIT
"""A capture's annotations, written anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lrisc_sdr.capture import Capture
from lrisc_sdr.capture.annotations import annotated_anew
from lrisc_sdr.capture.journal import put_metadata
from lrisc_sdr.capture.names import EXTENSION, recording_files
from lrisc_sdr.capture.validation import check_metadata, read_metadata
from lrisc_sdr.errors import ConfigurationError, UsageError


def require_annotatable(capture: Capture) -> None:
    """Whether a capture's metadata can take the frames that are found in it.

    Raises:
        UsageError: it has no metadata of its own, or another rate than the receiver.
    """
    meta, data = recording_files(capture.path)
    if not capture.fields or data != capture.path or not meta.is_file():
        raise UsageError(f"{capture.path.name} has no .sigmf-meta file: --annotate is for SigMF recordings")
    if capture.source is not capture.stored:
        raise UsageError(f"{capture.path.name} has another rate than the waveform: --annotate needs the same")
    if capture.fields.get("core:offset", 0):
        raise UsageError(f"{capture.path.name} is a part of a recording (core:offset): --annotate needs the whole one")


def annotate(capture: Capture, frames: Sequence[Mapping[str, Any]], span: tuple[int, int]) -> None:
    """Put frames in place of those that a capture's metadata has; what others wrote there stays.

    Done twice it changes nothing: the file has the same bytes.

    Args:
        capture: as `require_annotatable` wants it.
        frames: those that were found.
        span: where they were looked for: the first sample, and the first one behind the last.

    Raises:
        ConfigurationError: the metadata cannot be written.
        InvalidCapture: it would not be valid, such as with too many annotations.
    """
    meta, _ = recording_files(capture.path)
    metadata = read_metadata(meta)
    declared = [entry for entry in metadata["global"].get("core:extensions", []) if entry["name"] != EXTENSION["name"]]
    metadata["global"]["core:extensions"] = [*declared, EXTENSION]
    metadata["annotations"] = annotated_anew(metadata["annotations"], frames, *span)
    check_metadata(metadata, meta.name)
    try:
        put_metadata(meta, metadata)
    except OSError as error:
        raise ConfigurationError(f"{meta} cannot be written: {error.strerror}") from error
