# SPDX-License-Identifier: MIT
"""A radio that is a recording: what is received is read from it, or what is transmitted is written to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from lrisc_sdr.capture import Capture, CaptureWriter, open_capture
from lrisc_sdr.capture.names import RAW_SUFFIX
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.radio.protocol import Drops, RadioSettings
from lrisc_sdr.radio.raw_writer import RawWriter
from lrisc_sdr.radio.read_back import require_settings
from lrisc_sdr.types import ComplexArray

NO_FILE = "the radio 'file' needs a file: give --uri RECORDING, a SigMF recording's name or a raw .cf32 file"


class FileRadio:
    """One recording, SigMF or raw `.cf32`, in one direction: that of the first samples.

    Args:
        uri: the recording.

    Raises:
        ConfigurationError: no file is named.
    """

    def __init__(self, uri: str) -> None:
        if not uri:
            raise ConfigurationError(NO_FILE)
        self.name = f"file {uri}"
        self._path = Path(uri)
        self._settings: RadioSettings | None = None
        self._writer: CaptureWriter | RawWriter | None = None
        self._chunks: Iterator[ComplexArray] | None = None
        self._left = np.zeros(0, dtype=np.complex64)

    def configure(self, settings: RadioSettings) -> RadioSettings:
        """See `Radio`. A rate other than the recording's is found by `receive`: until then nothing is read."""
        self._settings = settings
        return settings

    def correct_crystal(self, ppm: float) -> float:  # noqa: ARG002
        """See `Radio`. There is no crystal."""
        return 0.0

    def power_up(self) -> RadioSettings:
        """See `Radio`."""
        return require_settings(self.name, self._settings)

    def receive(self, n_samples: int) -> ComplexArray:
        """See `Radio`.

        Raises:
            InvalidCapture: no recording, or a damaged one.
            ConfigurationError: it has another rate.
            EOFError: at its end.
        """
        if self._chunks is None:
            self._chunks = self._open().chunks()
        pieces, have = [self._left], self._left.size
        while have < n_samples and (piece := next(self._chunks, None)) is not None:
            pieces.append(piece)
            have += piece.size
        samples = np.concatenate(pieces)
        if samples.size == 0:
            raise EOFError(f"{self.name} has ended")
        self._left = samples[n_samples:]
        return samples[:n_samples]

    def transmit(self, samples: ComplexArray) -> None:
        """See `Radio`. The recording is whole when the radio is closed.

        Raises:
            ConfigurationError: the file cannot be written.
        """
        try:
            if self._writer is None:
                self._writer = self._create()
            self._writer.write(samples)
        except OSError as error:
            raise ConfigurationError(
                f"{self._path} cannot be written: {error.strerror}; choose another --uri"
            ) from None

    def silence(self) -> None:
        """See `Radio`."""

    def drops(self) -> Drops:
        """See `Radio`."""
        return Drops()

    def close(self) -> None:
        """See `Radio`. Finishes the recording, if anything was transmitted."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def _open(self) -> Capture:
        settings = require_settings(self.name, self._settings)
        capture = open_capture(self._path, rate_sps=settings.rate_sps)
        if capture.rate_sps != settings.rate_sps:
            raise ConfigurationError(
                f"{self._path} was recorded at {capture.rate_sps:g} samples/s, not {settings.rate_sps:g}: "
                "choose that rate, or the waveform that it was sent with"
            )
        return capture

    def _create(self) -> CaptureWriter | RawWriter:
        settings = require_settings(self.name, self._settings)
        if self._path.suffix == RAW_SUFFIX:
            return RawWriter(self._path)
        return CaptureWriter(self._path, settings.rate_sps, frequency_hz=settings.tx_lo_hz)
