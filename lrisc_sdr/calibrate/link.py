# SPDX-License-Identifier: MIT
"""A transmitter and a receiver, of one device or of two, for a calibration; what is sent goes through the guard.

session(receiver, transmitter settings) ─► guard ─► transmitter up ─► exchange(samples) … ─► down
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lrisc_sdr import phy
from lrisc_sdr.calibrate.bursts import Bursts
from lrisc_sdr.calibrate.calibrated_radio import CalibratedRadio
from lrisc_sdr.calibrate.listening import CHUNK_SAMPLES, Listening
from lrisc_sdr.calibrate.profile import Profile
from lrisc_sdr.errors import ConfigurationError, TransmitRefused
from lrisc_sdr.radio.air import LEAST_PAUSE_S
from lrisc_sdr.radio.guard import TransmitGuard
from lrisc_sdr.radio.opening import SILENT, open_radio
from lrisc_sdr.radio.protocol import Radio
from lrisc_sdr.radio.request import TransmitRequest
from lrisc_sdr.radio.settings import RadioConfig
from lrisc_sdr.radio.silencer import silencer_of
from lrisc_sdr.types import ComplexArray, ReceivedFrame
from lrisc_sdr.waveform import Waveform

SETTLE_S = 0.05
SETTLE_SAMPLES = 1 << 18
"""The first buffers of a receiver are older than its settings."""
AFTER_SAMPLES = 2 * CHUNK_SAMPLES
PAUSE_S = 1.5 * LEAST_PAUSE_S
SPARE_S = 30.0
MOST_EXCHANGES = 3

Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True)
class End:
    """One end of a link.

    Attributes:
        config: the radio.
        profile: what is known of it, less what is about to be measured.
        resets_crystal: a correction from before, which devices keep, is taken back.
    """

    config: RadioConfig
    profile: Profile | None = None
    resets_crystal: bool = False


class Session:
    """The radios while the transmitter is up, or while nobody sends.

    Attributes:
        receiver: configured.
        send: sends samples; raises TransmitRefused without a transmitter.
    """

    def __init__(self, receiver: Radio, rate_sps: float, send: Callable[[ComplexArray], None], pause_s: float) -> None:
        self.receiver = receiver
        self.send = send
        self._rate_sps = rate_sps
        self._pause_s = pause_s
        self._settled = self._sent = False

    def settle(self) -> None:
        """Let go of what was received before the settings were in force."""
        if not self._settled:
            chunks = math.ceil(max(SETTLE_SAMPLES, SETTLE_S * self._rate_sps) / CHUNK_SAMPLES)
            self.receiver.receive(chunks * CHUNK_SAMPLES)
            self._settled = True

    def listen(self, n_samples: int) -> ComplexArray:
        """What is received with nobody sending, c64 `[n_samples]`."""
        self.settle()
        return self.receiver.receive(n_samples)

    def exchange(self, samples: ComplexArray) -> ComplexArray:
        """Send samples and return what is received from before them until after them, c64 `[n]`."""
        self.settle()
        if self._sent:
            # Without a pause two bursts are one to the guard.
            time.sleep(self._pause_s)
        self._sent = True
        with Listening(self.receiver, samples.size + 8 * CHUNK_SAMPLES + round(0.1 * self._rate_sps)) as heard:
            heard.wait(1)
            self.send(samples)
            heard.wait(AFTER_SAMPLES)
            return heard.stop()


class Link:
    """Both ends of a calibration, open. Context manager.

    Args:
        transmitter: the end that sends; None: nobody does.
        receiver: the end that receives; may be the same device.
        waveform: of the bursts.
        wanted: the user has said that it shall transmit.
        purpose: for the log of transmissions.
    """

    def __init__(self, transmitter: End | None, receiver: End, waveform: Waveform, wanted: bool, purpose: str) -> None:
        self.transmitter = transmitter
        self.receiver = receiver
        self.waveform = waveform
        self._wanted = wanted
        self._purpose = f"calibration: {purpose}"
        self._open = contextlib.ExitStack()
        radiates = transmitter is not None and transmitter.config.radio not in SILENT
        self._guard = TransmitGuard.of_user() if radiates else None

    def __enter__(self) -> Link:
        try:
            self._rx = self._opened(self.receiver)
            self._tx = self._rx
            if self.transmitter is not None and not self.is_one_device:
                self._tx = self._opened(self.transmitter)
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def is_one_device(self) -> bool:
        """Whether the receiver hears its own transmitter."""
        if self.transmitter is None:
            return False
        one, other = self.transmitter.config, self.receiver.config
        return (one.radio, one.uri) == (other.radio, other.uri)

    @property
    def rate_sps(self) -> float:
        """The sampling rate of both `[samples/s]`."""
        return self.receiver.config.settings(self.waveform).rate_sps

    def require_permit(self, air_samples: int, **changes: Any) -> None:
        """Whether so much may be sent so; nothing is written to a device.

        Raises:
            TransmitRefused: it may not.
        """
        if self._guard is not None:
            self._guard.permit(self._request(air_samples, 1, changes))

    @contextlib.contextmanager
    def session(self, air_samples: int = 0, exchanges: int = MOST_EXCHANGES, **changes: Any) -> Iterator[Session]:
        """Set both ends, and power the transmitter up where something will be sent.

        Args:
            air_samples: of the longest thing that will be sent; 0: nothing.
            exchanges: how often.
            changes: fields of `RadioConfig` that differ from the ends' own; receiver's and transmitter's.

        Raises:
            TransmitRefused: it may not be sent.
            ConfigurationError: a radio refuses its settings.
            HardwareError: a radio was lost.
        """
        settings = replace(self.receiver.config, **changes).settings(self.waveform)
        if not air_samples or self.transmitter is None:
            self._rx.configure(settings)
            yield Session(self._rx, self.rate_sps, _nothing, 0.0)
            return
        request = self._request(air_samples, exchanges, changes)
        if not self.is_one_device:
            self._rx.configure(settings)
        if self._guard is None:
            self._tx.configure(request.settings)
            self._tx.power_up()
            yield Session(self._rx, self.rate_sps, self._tx.transmit, 0.0)
            self._tx.silence()
        else:
            with self._guard.on_air(self._tx, request) as air:
                yield Session(self._rx, self.rate_sps, air.send, PAUSE_S)

    def frames(self, session: Session, bursts: Bursts, backoff_db: float) -> tuple[list[ReceivedFrame], ComplexArray]:
        """Send a train with a back-off `[dB]`; its frames, and the samples in which they were."""
        return self.heard(session, bursts, bursts.samples * np.float32(10.0 ** (-backoff_db / 20.0)))

    def heard(
        self, session: Session, bursts: Bursts, samples: ComplexArray
    ) -> tuple[list[ReceivedFrame], ComplexArray]:
        """The same of samples that stand for the train, c64; they are sent again where less than half of it came."""
        frames: list[ReceivedFrame] = []
        received = np.zeros(0, dtype=np.complex64)
        for _ in range(MOST_EXCHANGES):
            received = session.exchange(samples)
            frames = bursts.own(phy.receive(received, self.waveform))
            if 2 * len(frames) > len(bursts.symbols):
                break
        return frames, received

    def _opened(self, end: End) -> Radio:
        radio = open_radio(end.config.radio, end.config.uri)
        self._open.callback(radio.close)
        if end.resets_crystal:
            radio.correct_crystal(0.0)
        return radio if end.profile is None else CalibratedRadio(radio, end.profile)

    def _request(self, air_samples: int, exchanges: int, changes: dict[str, Any]) -> TransmitRequest:
        assert self.transmitter is not None
        config = replace(self.transmitter.config, **changes)
        if self.is_one_device:
            config = replace(config, rx_lo_hz=replace(self.receiver.config, **changes).rx_lo_hz)
        burst_s = air_samples / config.settings(self.waveform).rate_sps
        air_time_s = burst_s * exchanges
        return TransmitRequest(
            silencer=silencer_of(config.radio, config.uri),
            transmit=self._wanted,
            settings=config.settings(self.waveform),
            waveform=self.waveform,
            air_time_s=air_time_s,
            longest_burst_s=burst_s,
            within_s=air_time_s + SPARE_S,
            purpose=self._purpose,
        )


def _nothing(samples: ComplexArray) -> None:
    raise TransmitRefused(f"{samples.size} samples were to be sent, and nothing was asked for")


def backoff_db(config: RadioConfig) -> float:
    """The back-off that a configuration comes to `[dB]`."""
    return -20.0 * float(np.log10(config.amplitude))


def in_order(values: Sequence[float], what: str) -> list[float]:
    """Values to be gone through, ascending, each once.

    Raises:
        ConfigurationError: there is none.
    """
    if not values:
        raise ConfigurationError(f"give one {what} at least")
    return sorted(set(values))
