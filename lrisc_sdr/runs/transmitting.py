# SPDX-License-Identifier: MIT
"""`lrisc tx` to a radio: pictures to bursts to the air, through the transmit guard.

pictures ─► frames of all ─► permit ─► transmitter up ─► one picture's bursts ─► pause ─► … ─► down
"""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from lrisc_sdr import phy
from lrisc_sdr.calibrate.applying import open_calibrated
from lrisc_sdr.radio.air import LEAST_PAUSE_S
from lrisc_sdr.radio.guard import TransmitGuard
from lrisc_sdr.radio.opening import SILENT
from lrisc_sdr.radio.request import TransmitRequest
from lrisc_sdr.radio.settings import RadioConfig
from lrisc_sdr.radio.silencer import silencer_of
from lrisc_sdr.runs.progress import Progress
from lrisc_sdr.runs.recording import GAP_SAMPLES, NOT_RECEIVED
from lrisc_sdr.runs.report import Report
from lrisc_sdr.runs.sending import Sending
from lrisc_sdr.runs.sources import Source
from lrisc_sdr.types import ComplexArray, Frame
from lrisc_sdr.waveform import Waveform

PAUSE_S = 1.5 * LEAST_PAUSE_S
# The pauses may be longer on a busy machine; the guardian's deadline is for one that hangs.
SPARE_S = 10.0
PROBE_S = 1e-3

Send = Callable[[ComplexArray], None]


class Transmission:
    """What is sent with a radio, and whether it may be.

    Args:
        config: the radio.
        waveform: of the bursts.
        wanted: the user has said that it shall transmit; of no matter for a radio that radiates nothing.
        guard: decides; None for a radio that radiates nothing.
    """

    def __init__(self, config: RadioConfig, waveform: Waveform, wanted: bool, guard: TransmitGuard | None) -> None:
        self._config = config
        self._waveform = waveform
        self._wanted = wanted
        self._guard = guard

    def require_permit(self) -> None:
        """Find at once, before pictures are encoded, whether anything at all may be sent so.

        Raises:
            TransmitRefused: it may not.
        """
        if self._guard is not None:
            self._guard.permit(self._request(PROBE_S, PROBE_S, PROBE_S))

    @contextlib.contextmanager
    def on_air(self, lengths: Sequence[int]) -> Iterator[Send]:
        """Open the radio, and close it again; what is yielded sends samples.

        Args:
            lengths: of what will be sent, with pauses between `[samples]`.

        Raises:
            TransmitRefused: it may not be sent.
            LriscError: the radio is absent or lost, or refuses its settings.
        """
        if self._guard is not None:
            durations_s = [length / self._rate_sps for length in lengths]
            total_s = sum(durations_s)
            request = self._request(total_s, max(durations_s), total_s + 2 * PAUSE_S * len(lengths) + SPARE_S)
            self._guard.permit(request)
        with contextlib.closing(open_calibrated(self._config)) as radio:
            if self._guard is None:
                radio.configure(self._config.settings(self._waveform))
                radio.power_up()
                yield radio.transmit
                radio.silence()
            else:
                with self._guard.on_air(radio, request) as air:
                    yield air.send

    @property
    def amplitude(self) -> float:
        """What bursts of unit mean power are multiplied by."""
        return self._config.amplitude

    @property
    def pause_s(self) -> float:
        """Between what is sent; a radio that radiates nothing needs none `[s]`."""
        return 0.0 if self._guard is None else PAUSE_S

    @property
    def _rate_sps(self) -> float:
        return self._config.settings(self._waveform).rate_sps

    def _request(self, air_time_s: float, longest_burst_s: float, within_s: float) -> TransmitRequest:
        return TransmitRequest(
            silencer=silencer_of(self._config.radio, self._config.uri),
            transmit=self._wanted,
            settings=self._config.settings(self._waveform),
            waveform=self._waveform,
            air_time_s=air_time_s,
            longest_burst_s=longest_burst_s,
            within_s=within_s,
            purpose="pictures",
        )


def transmission(config: RadioConfig, waveform: Waveform, wanted: bool) -> Transmission:
    """What is sent with a radio; with this user's guard where it radiates."""
    guard = None if config.radio in SILENT else TransmitGuard.of_user()
    return Transmission(config, waveform, wanted, guard)


def transmit(
    sources: Sequence[Source],
    sending: Sending,
    waveform: Waveform,
    way: Transmission,
    progress: Progress,
) -> Report:
    """Encode all pictures, then send them one after the other; returns what was sent.

    Raises:
        LriscError: a picture or a setting is wrong, the guard refuses, or the radio is lost.
    """
    pictures: list[list[Frame]] = []
    for _, group in itertools.groupby(sending.frames(sources), lambda frame: frame.header.picture_id):
        pictures.append(list(group))
        progress("encoding", len(pictures), len(sources))
    lengths = [_length(frames, waveform) for frames in pictures]
    with way.on_air(lengths) as send:
        for number, frames in enumerate(pictures):
            if number:
                time.sleep(way.pause_s)
            send(_samples(frames, waveform) * np.float32(way.amplitude))
            progress("sending", number + 1, len(pictures))
    report = Report([sent.row(waveform) for sent in sending.sent])
    report.note_missing(NOT_RECEIVED)
    return report


def _length(frames: Sequence[Frame], waveform: Waveform) -> int:
    bursts = sum(waveform.frame_samples(frame.header.n_symbols) + GAP_SAMPLES for frame in frames)
    return bursts + GAP_SAMPLES


def _samples(frames: Sequence[Frame], waveform: Waveform) -> ComplexArray:
    """One picture's bursts, with silence around each, c64 `[_length]`."""
    gap = np.zeros(GAP_SAMPLES, dtype=np.complex64)
    pieces = [piece for frame in frames for piece in (gap, phy.transmit(frame, waveform))]
    return np.concatenate([*pieces, gap])
