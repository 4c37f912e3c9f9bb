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
from lrisc_sdr.link.messages import ChannelReport
from lrisc_sdr.radio.air import LEAST_PAUSE_S
from lrisc_sdr.radio.guard import TransmitGuard
from lrisc_sdr.radio.opening import SILENT
from lrisc_sdr.radio.request import TransmitRequest
from lrisc_sdr.radio.settings import RadioConfig
from lrisc_sdr.radio.silencer import silencer_of
from lrisc_sdr.runs.closed_loop import next_snr_db
from lrisc_sdr.runs.progress import Progress, silent
from lrisc_sdr.runs.recording import GAP_SAMPLES
from lrisc_sdr.runs.report import Report
from lrisc_sdr.runs.sending import Sending
from lrisc_sdr.runs.sources import Source
from lrisc_sdr.types import ComplexArray, Frame
from lrisc_sdr.waveform import Waveform

PAUSE_S = 1.5 * LEAST_PAUSE_S
# The pauses may be longer on a busy machine; the guardian's deadline is for one that hangs.
SPARE_S = 10.0
PROBE_S = 1e-3

NOT_HEARD = "the receiver knows it: see lrisc rx, or lrisc tx --duplex"

Send = Callable[[ComplexArray], None]
Hear = Callable[[int], "ChannelReport | None"]


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

    def send(self, pictures: Sequence[Sequence[Frame]], progress: Progress) -> None:
        """Send pictures, one after the other, with pauses between.

        Raises:
            TransmitRefused: they may not be sent.
            LriscError: the radio is absent or lost, or refuses its settings.
        """
        with self.on_air(self.lengths(pictures)) as send:
            for number, frames in enumerate(pictures):
                if number:
                    time.sleep(self.pause_s)
                send(_samples(frames, self._waveform) * np.float32(self.amplitude))
                progress("sending", number + 1, len(pictures))

    def lengths(self, pictures: Sequence[Sequence[Frame]]) -> list[int]:
        """Of what is sent for each picture, the silence around its bursts included `[samples]`."""
        return [_length(frames, self._waveform) for frames in pictures]


def transmission(config: RadioConfig, waveform: Waveform, wanted: bool) -> Transmission:
    """What is sent with a radio; with this user's guard where it radiates."""
    return Transmission(config, waveform, wanted, guard_of(config))


def guard_of(config: RadioConfig) -> TransmitGuard | None:
    """This user's guard, for a radio that radiates."""
    return None if config.radio in SILENT else TransmitGuard.of_user()


def transmit(
    sources: Sequence[Source],
    sending: Sending,
    waveform: Waveform,
    way: Transmission,
    progress: Progress,
    hear: Hear | None = None,
    snr_margin_db: float = 0.0,
) -> Report:
    """Encode and send pictures; returns what was sent.

    All are encoded before the first is sent. In a closed loop one goes after the other: the transmitter is off while
    the receiver's report is waited for, and the next picture's encoder is told what was measured.

    Args:
        hear: what the receiver reports of a picture, by its number; None where nothing came of it.
        snr_margin_db: by how much less than measured the encoder is told `[dB]`.

    Raises:
        LriscError: a picture or a setting is wrong, the guard refuses, or the radio is lost.
    """
    if hear is None:
        pictures: list[list[Frame]] = []
        for _, group in itertools.groupby(sending.frames(sources), lambda frame: frame.header.picture_id):
            pictures.append(list(group))
            progress("encoding", len(pictures), len(sources))
        way.send(pictures, progress)
    else:
        for number, source in enumerate(sources):
            progress("sending", number, len(sources))
            way.send([list(sending.frames([source]))], silent)
            if number + 1 < len(sources):
                sending.snr_db = next_snr_db(hear(sending.sent[-1].picture_id), snr_margin_db)
        progress("sending", len(sources), len(sources))
    report = Report([sent.row(waveform) for sent in sending.sent])
    report.note_missing(NOT_HEARD)
    return report


def _length(frames: Sequence[Frame], waveform: Waveform) -> int:
    bursts = sum(waveform.frame_samples(frame.header.n_symbols) + GAP_SAMPLES for frame in frames)
    return bursts + GAP_SAMPLES


def _samples(frames: Sequence[Frame], waveform: Waveform) -> ComplexArray:
    """One picture's bursts, with silence around each, c64 `[_length]`."""
    gap = np.zeros(GAP_SAMPLES, dtype=np.complex64)
    pieces = [piece for frame in frames for piece in (gap, phy.transmit(frame, waveform))]
    return np.concatenate([*pieces, gap])
