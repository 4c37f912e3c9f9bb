# SPDX-License-Identifier: GPL-3.0-or-later
"""USRPs through gr-uhd, which owns the device and thus sets it, too."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lrisc_sdr.blocks.streamed import MovedByGnuRadio
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.radio.losing import line, losing, require_silent
from lrisc_sdr.radio.protocol import Drops, RadioAbsent, RadioSettings
from lrisc_sdr.radio.read_back import require_read_back, require_settings


class StreamedUhd(MovedByGnuRadio):
    """The first channel of each direction of a USRP.

    Args:
        uri: UHD's arguments, as in `serial=…` or `addr=192.168.10.2`.

    Raises:
        RadioAbsent: there is no such device.
        ConfigurationError: GNU Radio came without gr-uhd.
    """

    def __init__(self, uri: str) -> None:
        self.name = f"uhd {uri}"
        try:
            from gnuradio import uhd
        except ImportError as error:
            raise ConfigurationError("this GNU Radio has no gr-uhd: install the distribution's gnuradio") from error
        arguments = uhd.stream_args(cpu_format="fc32", channels=[0])
        try:
            self._source: Any = uhd.usrp_source(uri, arguments)
            self._sink: Any = uhd.usrp_sink(uri, arguments)
        except RuntimeError as error:
            raise RadioAbsent(
                f"UHD finds no device {uri!r}: {line(error)}; 'uhd_find_devices' lists those that there are"
            ) from error
        self._settings: RadioSettings | None = None

    def configure(self, settings: RadioSettings) -> RadioSettings:
        """See `Radio`. A transmitter's gain counts from the top of its range down: attenuation 0 is the highest."""
        with losing(self.name, RuntimeError):
            self.silence()
            for block, lo_hz, bandwidth_hz in (
                (self._source, settings.rx_lo_hz, settings.rx_bandwidth_hz),
                (self._sink, settings.tx_lo_hz, settings.tx_bandwidth_hz),
            ):
                block.set_samp_rate(settings.rate_sps)
                block.set_center_freq(lo_hz, 0)
                block.set_bandwidth(bandwidth_hz, 0)
            self._source.set_rx_agc(settings.rx_gain_db is None, 0)
            if settings.rx_gain_db is not None:
                self._source.set_gain(settings.rx_gain_db, 0)
            found = RadioSettings(
                rate_sps=float(self._source.get_samp_rate()),
                rx_lo_hz=float(self._source.get_center_freq(0)),
                tx_lo_hz=float(self._sink.get_center_freq(0)),
                rx_bandwidth_hz=float(self._source.get_bandwidth(0)),
                tx_bandwidth_hz=float(self._sink.get_bandwidth(0)),
                rx_gain_db=None if settings.rx_gain_db is None else float(self._source.get_gain(0)),
                tx_attenuation_db=settings.tx_attenuation_db,
            )
        require_read_back(self.name, settings, found)
        self._settings = found
        return found

    def correct_crystal(self, ppm: float) -> float:
        """See `Radio`. Left to the frequencies that are asked for."""
        return 0.0

    def power_up(self) -> RadioSettings:
        """See `Radio`."""
        settings = require_settings(self.name, self._settings)
        with losing(self.name, RuntimeError):
            highest_db = float(self._sink.get_gain_range(0).stop())
            self._sink.set_gain(highest_db - settings.tx_attenuation_db, 0)
            return replace(settings, tx_attenuation_db=highest_db - float(self._sink.get_gain(0)))

    def silence(self) -> None:
        """See `Radio`. Lowest gain; UHD ends the stream when it starves."""
        with losing(self.name, RuntimeError):
            lowest_db = float(self._sink.get_gain_range(0).start())
            self._sink.set_gain(lowest_db, 0)
            gain_db = float(self._sink.get_gain(0))
        require_silent(self.name, gain_db, lowest_db)

    def drops(self) -> Drops:
        """See `Radio`. gr-uhd tells only the terminal of them."""
        return Drops()

    def close(self) -> None:
        """See `Radio`."""
        self.silence()

    def source(self) -> Any:
        return self._source

    def sink(self) -> Any:
        return self._sink
