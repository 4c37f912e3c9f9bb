# SPDX-License-Identifier: GPL-3.0-or-later
"""Radios behind gr-soapy, which owns the device and thus sets it, too."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lrisc_sdr.blocks.streamed import MovedByGnuRadio
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.radio.losing import line, losing, require_silent
from lrisc_sdr.radio.protocol import Drops, RadioAbsent, RadioSettings
from lrisc_sdr.radio.read_back import require_read_back, require_settings


class StreamedSoapy(MovedByGnuRadio):
    """The first channel of each direction of a device.

    Args:
        uri: SoapySDR's arguments, as in `driver=lime,serial=…`.

    Raises:
        RadioAbsent: there is no such device, or it has no receiver.
        ConfigurationError: GNU Radio came without gr-soapy.
    """

    def __init__(self, uri: str) -> None:
        self.name = f"soapy {uri}"
        try:
            from gnuradio import soapy
        except ImportError as error:
            raise ConfigurationError("this GNU Radio has no gr-soapy: install the distribution's gnuradio") from error
        arguments = (uri, "fc32", 1, "", "", [""], [""])
        try:
            self._source: Any = soapy.source(*arguments)
        except (RuntimeError, ValueError) as error:
            raise RadioAbsent(
                f"SoapySDR finds no receiver {uri!r}: {line(error)}; 'SoapySDRUtil --find' lists those that there are"
            ) from error
        try:
            self._sink: Any = soapy.sink(*arguments)
        except (RuntimeError, ValueError):
            self._sink = None
        self._settings: RadioSettings | None = None

    def configure(self, settings: RadioSettings) -> RadioSettings:
        """See `Radio`. A transmitter's gain counts from the top of its range down: attenuation 0 is the highest."""
        with losing(self.name, RuntimeError):
            self.silence()
            source, sink = self._source, self._sink
            for block, lo_hz, bandwidth_hz in (
                (source, settings.rx_lo_hz, settings.rx_bandwidth_hz),
                (sink, settings.tx_lo_hz, settings.tx_bandwidth_hz),
            ):
                if block is not None:
                    block.set_sample_rate(0, settings.rate_sps)
                    block.set_frequency(0, lo_hz)
                    block.set_bandwidth(0, bandwidth_hz)
            source.set_gain_mode(0, settings.rx_gain_db is None)
            if settings.rx_gain_db is not None:
                source.set_gain(0, settings.rx_gain_db)
            found = RadioSettings(
                rate_sps=float(source.get_sample_rate(0)),
                rx_lo_hz=float(source.get_frequency(0)),
                tx_lo_hz=settings.tx_lo_hz if sink is None else float(sink.get_frequency(0)),
                rx_bandwidth_hz=float(source.get_bandwidth(0)),
                tx_bandwidth_hz=settings.tx_bandwidth_hz if sink is None else float(sink.get_bandwidth(0)),
                rx_gain_db=None if settings.rx_gain_db is None else float(source.get_gain(0)),
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
        settings, sink = require_settings(self.name, self._settings), self.sink()
        with losing(self.name, RuntimeError):
            highest_db = float(sink.get_gain_range(0).maximum())
            sink.set_gain(0, highest_db - settings.tx_attenuation_db)
            return replace(settings, tx_attenuation_db=highest_db - float(sink.get_gain(0)))

    def silence(self) -> None:
        """See `Radio`. Lowest gain; the stream closes with the flow graph."""
        if self._sink is None:
            return
        with losing(self.name, RuntimeError):
            lowest_db = float(self._sink.get_gain_range(0).minimum())
            self._sink.set_gain(0, lowest_db)
            gain_db = float(self._sink.get_gain(0))
        require_silent(self.name, gain_db, lowest_db)

    def drops(self) -> Drops:
        """See `Radio`. gr-soapy tells only the terminal of them."""
        return Drops()

    def close(self) -> None:
        """See `Radio`."""
        self.silence()

    def source(self) -> Any:
        return self._source

    def sink(self) -> Any:
        if self._sink is None:
            raise ConfigurationError(f"{self.name} has no transmitter")
        return self._sink
