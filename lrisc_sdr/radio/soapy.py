# SPDX-License-Identifier: MIT
"""Radios behind SoapySDR: what has a module for it and no driver here."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from typing import Any

import numpy as np

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.radio.losing import line, losing, require_silent, silencing
from lrisc_sdr.radio.protocol import Drops, RadioAbsent, RadioLost, RadioSettings
from lrisc_sdr.radio.read_back import require_read_back, require_settings
from lrisc_sdr.radio.soapy_module import identify, soapy
from lrisc_sdr.types import ComplexArray

__all__ = ["Soapy", "identify", "silence"]

TIMEOUT_S = 1.0
"""A device from or to which nothing has moved for so long has gone."""
POLL_US = 100_000
OVERFLOW, UNDERFLOW, TIMED_OUT = -4, -7, -1


class Soapy:
    """The first channel of each direction of a device.

    Args:
        uri: SoapySDR's arguments, as in `driver=lime,serial=…`.

    Raises:
        RadioAbsent: there is no such device.
        ConfigurationError: SoapySDR is not installed for this Python.
    """

    def __init__(self, uri: str) -> None:
        self.name = f"soapy {uri}"
        self._soapy = soapy()
        try:
            self._device: Any = self._soapy.Device(uri)
        except RuntimeError as error:
            raise RadioAbsent(
                f"SoapySDR finds no device {uri!r}: {line(error)}; 'SoapySDRUtil --find' lists those that there are"
            ) from error
        self._rx, self._tx = self._soapy.SOAPY_SDR_RX, self._soapy.SOAPY_SDR_TX
        if not self._device.getNumChannels(self._rx):
            raise RadioAbsent(f"SoapySDR's device {uri!r} has no receiver: 'SoapySDRUtil --find' lists others")
        self._transmits = bool(self._device.getNumChannels(self._tx))
        self._settings: RadioSettings | None = None
        self._receiving: Any = None
        self._transmitting: Any = None
        self._drops = Drops()

    def configure(self, settings: RadioSettings) -> RadioSettings:
        """See `Radio`. A transmitter's gain counts from the top of its range down: attenuation 0 is the highest."""
        with losing(self.name, RuntimeError):
            self.silence()
            self._stop_receiving()
            device, rx, tx = self._device, self._rx, self._tx
            for direction, lo_hz, bandwidth_hz in (
                (rx, settings.rx_lo_hz, settings.rx_bandwidth_hz),
                (tx, settings.tx_lo_hz, settings.tx_bandwidth_hz),
            ):
                if direction == rx or self._transmits:
                    device.setSampleRate(direction, 0, settings.rate_sps)
                    device.setFrequency(direction, 0, lo_hz)
                    device.setBandwidth(direction, 0, bandwidth_hz)
            if settings.rx_gain_db is None:
                if not device.hasGainMode(rx, 0):
                    raise ConfigurationError(f"{self.name} cannot choose its gain itself: give rx_gain_db")
                device.setGainMode(rx, 0, True)
            else:
                device.setGain(rx, 0, settings.rx_gain_db)
            found = self._read_back(settings)
        require_read_back(self.name, settings, found)
        self._settings = found
        return found

    def correct_crystal(self, ppm: float) -> float:  # noqa: ARG002
        """See `Radio`. Left to the frequencies that are asked for."""
        return 0.0

    def power_up(self) -> RadioSettings:
        """See `Radio`. What powers the oscillator up is the stream."""
        settings = require_settings(self.name, self._settings)
        if not self._transmits:
            raise ConfigurationError(f"{self.name} has no transmitter")
        with losing(self.name, RuntimeError):
            self._transmitting = self._device.setupStream(self._tx, self._soapy.SOAPY_SDR_CF32, [0])
            self._device.activateStream(self._transmitting)
            self._device.setGain(self._tx, 0, self._gain_range_db()[1] - settings.tx_attenuation_db)
            gain_db = float(self._device.getGain(self._tx, 0))
        return replace(settings, tx_attenuation_db=self._gain_range_db()[1] - gain_db)

    def receive(self, n_samples: int) -> ComplexArray:
        """See `Radio`."""
        samples = np.empty(n_samples, dtype=np.complex64)
        filled, heard_s = 0, time.monotonic()
        with losing(self.name, RuntimeError):
            if self._receiving is None:
                self._receiving = self._device.setupStream(self._rx, self._soapy.SOAPY_SDR_CF32, [0])
                self._device.activateStream(self._receiving)
            while filled < n_samples:
                room = samples[filled:]
                count = self._device.readStream(self._receiving, [room], room.size, timeoutUs=POLL_US).ret
                if count > 0:
                    filled, heard_s = filled + count, time.monotonic()
                elif count == OVERFLOW:
                    self._drops += Drops(overflows=1)
                else:
                    self._require_recent(heard_s, count)
        return samples

    def transmit(self, samples: ComplexArray) -> None:
        """See `Radio`."""
        if self._transmitting is None:
            raise ConfigurationError(f"{self.name} is not powered up: transmit through the guard")
        sent, heard_s = 0, time.monotonic()
        with losing(self.name, RuntimeError):
            while sent < samples.size:
                rest = np.ascontiguousarray(samples[sent:], dtype=np.complex64)
                flags = self._soapy.SOAPY_SDR_END_BURST
                count = self._device.writeStream(self._transmitting, [rest], rest.size, flags, timeoutUs=POLL_US).ret
                if count > 0:
                    sent, heard_s = sent + count, time.monotonic()
                elif count == UNDERFLOW:
                    self._drops += Drops(underflows=1)
                else:
                    self._require_recent(heard_s, count)

    def silence(self) -> None:
        """See `Radio`. Lowest gain, and the stream is closed: with some devices only that powers down."""
        with losing(self.name, RuntimeError):
            if not self._transmits:
                return
            lowest_db, _ = self._gain_range_db()
            self._device.setGain(self._tx, 0, lowest_db)
            stream, self._transmitting = self._transmitting, None
            if stream is not None:
                self._device.deactivateStream(stream)
                self._device.closeStream(stream)
            gain_db = float(self._device.getGain(self._tx, 0))
        require_silent(self.name, gain_db, lowest_db)

    def drops(self) -> Drops:
        """See `Radio`."""
        drops, self._drops = self._drops, Drops()
        return drops

    def close(self) -> None:
        """See `Radio`."""
        with contextlib.suppress(RadioLost):
            self.silence()
        with contextlib.suppress(RadioLost), losing(self.name, RuntimeError):
            self._stop_receiving()

    def _stop_receiving(self) -> None:
        stream, self._receiving = self._receiving, None
        if stream is not None:
            self._device.deactivateStream(stream)
            self._device.closeStream(stream)

    def _gain_range_db(self) -> tuple[float, float]:
        found = self._device.getGainRange(self._tx, 0)
        return float(found.minimum()), float(found.maximum())

    def _read_back(self, asked: RadioSettings) -> RadioSettings:
        device, rx, tx = self._device, self._rx, self._tx
        return RadioSettings(
            rate_sps=float(device.getSampleRate(rx, 0)),
            rx_lo_hz=float(device.getFrequency(rx, 0)),
            tx_lo_hz=float(device.getFrequency(tx, 0)) if self._transmits else asked.tx_lo_hz,
            rx_bandwidth_hz=float(device.getBandwidth(rx, 0)),
            tx_bandwidth_hz=float(device.getBandwidth(tx, 0)) if self._transmits else asked.tx_bandwidth_hz,
            rx_gain_db=None if asked.rx_gain_db is None else float(device.getGain(rx, 0)),
            tx_attenuation_db=asked.tx_attenuation_db,
        )

    def _require_recent(self, heard_s: float, code: int) -> None:
        if code != TIMED_OUT or time.monotonic() - heard_s > TIMEOUT_S:
            raise RadioLost(f"{self.name} was lost: no sample for {TIMEOUT_S:g} s ({self._soapy.errToStr(code)})")


silence = silencing(Soapy)
