# SPDX-License-Identifier: GPL-3.0-or-later
"""USRPs, through UHD's own Python interface. UHD ends a burst when the host stops; its radios keep no carrier on."""

from __future__ import annotations

import contextlib
import importlib
from dataclasses import replace
from typing import Any

import numpy as np

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.radio.identity import Identity
from lrisc_sdr.radio.losing import line, losing, require_silent, silencing
from lrisc_sdr.radio.protocol import Drops, RadioAbsent, RadioLost, RadioSettings
from lrisc_sdr.radio.read_back import require_read_back, require_settings
from lrisc_sdr.types import ComplexArray

NOT_INSTALLED = "UHD is not installed for this Python: apt-get install python3-uhd, and a .venv with system packages"
TIMEOUT_S = 1.0


class Uhd:
    """The first channel of each direction of a USRP.

    Args:
        uri: UHD's arguments, as in `serial=…` or `addr=192.168.10.2`.

    Raises:
        RadioAbsent: there is no such device.
        ConfigurationError: UHD is not installed for this Python.
    """

    def __init__(self, uri: str) -> None:
        self.name = f"uhd {uri}"
        self._uhd = _uhd()
        try:
            self._usrp: Any = self._uhd.usrp.MultiUSRP(uri)
        except RuntimeError as error:
            raise RadioAbsent(
                f"UHD finds no device {uri!r}: {line(error)}; 'uhd_find_devices' lists those that there are"
            ) from error
        self._settings: RadioSettings | None = None
        self._receiving: Any = None
        self._transmitting: Any = None
        self._drops = Drops()

    def configure(self, settings: RadioSettings) -> RadioSettings:
        """See `Radio`. A transmitter's gain counts from the top of its range down: attenuation 0 is the highest."""
        usrp, tune = self._usrp, self._uhd.types.TuneRequest
        with losing(self.name, RuntimeError):
            self.silence()
            self._stop_receiving()
            usrp.set_rx_rate(settings.rate_sps)
            usrp.set_tx_rate(settings.rate_sps)
            usrp.set_rx_freq(tune(settings.rx_lo_hz), 0)
            usrp.set_tx_freq(tune(settings.tx_lo_hz), 0)
            usrp.set_rx_bandwidth(settings.rx_bandwidth_hz, 0)
            usrp.set_tx_bandwidth(settings.tx_bandwidth_hz, 0)
            usrp.set_rx_agc(settings.rx_gain_db is None, 0)
            if settings.rx_gain_db is not None:
                usrp.set_rx_gain(settings.rx_gain_db, 0)
            found = RadioSettings(
                rate_sps=float(usrp.get_rx_rate(0)),
                rx_lo_hz=float(usrp.get_rx_freq(0)),
                tx_lo_hz=float(usrp.get_tx_freq(0)),
                rx_bandwidth_hz=float(usrp.get_rx_bandwidth(0)),
                tx_bandwidth_hz=float(usrp.get_tx_bandwidth(0)),
                rx_gain_db=None if settings.rx_gain_db is None else float(usrp.get_rx_gain(0)),
                tx_attenuation_db=settings.tx_attenuation_db,
            )
        require_read_back(self.name, settings, found)
        self._settings = found
        return found

    def correct_crystal(self, ppm: float) -> float:  # noqa: ARG002
        """See `Radio`. Left to the frequencies that are asked for."""
        return 0.0

    def power_up(self) -> RadioSettings:
        """See `Radio`."""
        settings = require_settings(self.name, self._settings)
        with losing(self.name, RuntimeError):
            highest_db = float(self._usrp.get_tx_gain_range(0).stop())
            self._transmitting = self._usrp.get_tx_stream(self._uhd.usrp.StreamArgs("fc32", "sc16"))
            self._usrp.set_tx_gain(highest_db - settings.tx_attenuation_db, 0)
            return replace(settings, tx_attenuation_db=highest_db - float(self._usrp.get_tx_gain(0)))

    def receive(self, n_samples: int) -> ComplexArray:
        """See `Radio`."""
        samples = np.empty(n_samples, dtype=np.complex64)
        filled, codes = 0, self._uhd.types.RXMetadataErrorCode
        metadata = self._uhd.types.RXMetadata()
        with losing(self.name, RuntimeError):
            if self._receiving is None:
                self._receiving = self._usrp.get_rx_stream(self._uhd.usrp.StreamArgs("fc32", "sc16"))
                self._command(self._uhd.types.StreamMode.start_cont)
            while filled < n_samples:
                filled += int(self._receiving.recv(samples[filled:], metadata, TIMEOUT_S))
                if metadata.error_code == codes.overflow:
                    self._drops += Drops(overflows=1)
                elif metadata.error_code != codes.none:
                    raise RadioLost(f"{self.name} was lost: {metadata.strerror()}")
        return samples

    def transmit(self, samples: ComplexArray) -> None:
        """See `Radio`. One burst with its end marked."""
        if self._transmitting is None:
            raise ConfigurationError(f"{self.name} is not powered up: transmit through the guard")
        metadata = self._uhd.types.TXMetadata()
        metadata.start_of_burst, metadata.end_of_burst = True, True
        with losing(self.name, RuntimeError):
            if int(self._transmitting.send(np.ascontiguousarray(samples), metadata, TIMEOUT_S)) < samples.size:
                raise RadioLost(f"{self.name} was lost: it took no samples for {TIMEOUT_S:g} s")

    def silence(self) -> None:
        """See `Radio`. Lowest gain and no stream."""
        with losing(self.name, RuntimeError):
            lowest_db = float(self._usrp.get_tx_gain_range(0).start())
            self._usrp.set_tx_gain(lowest_db, 0)
            self._transmitting = None
            gain_db = float(self._usrp.get_tx_gain(0))
        require_silent(self.name, gain_db, lowest_db)

    def drops(self) -> Drops:
        """See `Radio`. Overflows only."""
        drops, self._drops = self._drops, Drops()
        return drops

    def close(self) -> None:
        """See `Radio`."""
        with contextlib.suppress(RadioLost):
            self.silence()
        with contextlib.suppress(RadioLost), losing(self.name, RuntimeError):
            self._stop_receiving()

    def _stop_receiving(self) -> None:
        if self._receiving is not None:
            self._command(self._uhd.types.StreamMode.stop_cont)
            self._receiving = None

    def _command(self, mode: Any) -> None:
        command = self._uhd.types.StreamCMD(mode)
        command.stream_now = True
        self._receiving.issue_stream_cmd(command)


def identify(uri: str) -> Identity:
    """What UHD's search tells of a device, without a session; see `lrisc_sdr.radio.identity`.

    Raises:
        RadioAbsent: there is no such device.
        ConfigurationError: UHD is not installed for this Python.
    """
    uhd = _uhd()
    found = list(uhd.find(uhd.types.DeviceAddr(uri)))
    if not found:
        raise RadioAbsent(f"UHD finds no device {uri!r}; 'uhd_find_devices' lists those that there are")
    values = found[0].to_dict()
    return Identity("uhd", values.get("product") or values.get("type") or "USRP", values.get("serial", ""))


silence = silencing(Uhd)


def _uhd() -> Any:
    try:
        return importlib.import_module("uhd")
    except ImportError as error:
        raise ConfigurationError(NOT_INSTALLED) from error
