# SPDX-License-Identifier: MIT
"""ADALM-Pluto and its AD936x kin: control through pyadi-iio, samples through libiio's buffers.

pyadi-iio knows the filters that low rates need, but some of its setters do nothing and say nothing, its samples are
complex128 at half the speed, and it never switches a transmitter off. Here it sets and reads attributes, no more.
"""

from __future__ import annotations

import contextlib
import errno
from dataclasses import replace
from typing import Any

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.radio.losing import losing
from lrisc_sdr.radio.pluto_buffers import ReceiveBuffers, TransmitBuffers
from lrisc_sdr.radio.pluto_control import (
    CONTROL,
    MAX_ATTENUATION_DB,
    RECEIVER,
    TRANSMITTER,
    find_device,
    identify,
    load,
    open_context,
    read,
    silence,
    silence_test_tones,
    switch_off,
    write,
)
from lrisc_sdr.radio.protocol import Drops, RadioLost, RadioSettings, RadioStillOn
from lrisc_sdr.radio.read_back import require_read_back, require_settings
from lrisc_sdr.types import ComplexArray

__all__ = ["Pluto", "identify", "silence"]

CRYSTAL_HZ = 40_000_000
"""What is printed on the crystal."""


class Pluto:
    """An AD936x behind libiio.

    Args:
        uri: libiio's address: `ip:192.168.2.1`, `ip:HOST:PORT` where libiio takes one, or `usb:`.

    Raises:
        RadioAbsent: there is no device at this address, or it is none of this kind.
        MissingExtra: pyadi-iio or libiio is not installed.
    """

    def __init__(self, uri: str) -> None:
        self.name = f"pluto {uri}"
        adi = load("adi")
        self._context = open_context(uri)
        self._control = find_device(self._context, CONTROL, uri)
        self._receiver = find_device(self._context, RECEIVER, uri)
        self._transmitter = find_device(self._context, TRANSMITTER, uri)
        self._settings: RadioSettings | None = None
        self._receiving: ReceiveBuffers | None = None
        self._transmitting: TransmitBuffers | None = None
        self._underflows = 0
        with losing(self.name, OSError):
            self.silence()
            self._attributes: Any = adi.Pluto(self._context)
            silence_test_tones(self._transmitter)

    def configure(self, settings: RadioSettings) -> RadioSettings:
        """See `Radio`. Rates of both directions are one; 521 ksamples/s to 61.44 Msamples/s."""
        with losing(self.name, OSError):
            self.silence()
            self._stop_receiving()
            device = self._attributes
            for what, value in (
                ("sample_rate", round(settings.rate_sps)),
                ("rx_lo", round(settings.rx_lo_hz)),
                ("tx_lo", round(settings.tx_lo_hz)),
                ("rx_rf_bandwidth", round(settings.rx_bandwidth_hz)),
                ("tx_rf_bandwidth", round(settings.tx_bandwidth_hz)),
                ("gain_control_mode_chan0", "slow_attack" if settings.rx_gain_db is None else "manual"),
            ):
                self._set(device, what, value)
            if settings.rx_gain_db is not None:
                self._set(device, "rx_hardwaregain_chan0", settings.rx_gain_db)
            # Kept for `power_up`: the transmitter is at its greatest attenuation until then.
            attenuation_db = round(settings.tx_attenuation_db * 4) / 4
            if not 0 <= attenuation_db <= MAX_ATTENUATION_DB:
                raise ConfigurationError(
                    f"{self.name}: tx_attenuation_db is from 0 to {MAX_ATTENUATION_DB}, not {attenuation_db}"
                )
            found = replace(self._read_back(), tx_attenuation_db=attenuation_db)
        if settings.rx_gain_db is None:
            found = replace(found, rx_gain_db=None)
        require_read_back(self.name, settings, found)
        self._settings = found
        return found

    def correct_crystal(self, ppm: float) -> float:
        """See `Radio`. `xo_correction` is the frequency that the driver takes the crystal to have, in whole hertz.

        The driver computes the rates and the oscillators' dividers from it when they are set the next time.
        """
        value = round(CRYSTAL_HZ * (1.0 + ppm * 1e-6))
        with losing(self.name, OSError):
            attribute = self._control.attrs["xo_correction"]
            try:
                attribute.value = str(value)
            except OSError as error:
                if error.errno != errno.EINVAL:
                    raise
                raise ConfigurationError(f"{self.name} cannot correct its crystal by {ppm:g} ppm") from error
            return (int(attribute.value) / CRYSTAL_HZ - 1.0) * 1e6

    def power_up(self) -> RadioSettings:
        """See `Radio`. The oscillator is on its frequency already, since `configure`."""
        settings = require_settings(self.name, self._settings)
        with losing(self.name, OSError):
            write(self._control, "voltage0", "hardwaregain", -MAX_ATTENUATION_DB)
            self._transmitting = TransmitBuffers(self._transmitter)
            write(self._control, "altvoltage1", "powerdown", 0)
            self._transmitting.zeros()
            write(self._control, "voltage0", "hardwaregain", -settings.tx_attenuation_db)
            if read(self._control, "altvoltage1", "powerdown") != 0:
                raise RadioStillOn(f"{self.name} reads back powered down after power-up: nothing would be sent")
            return replace(self._read_back(), rx_gain_db=settings.rx_gain_db)

    def receive(self, n_samples: int) -> ComplexArray:
        """See `Radio`."""
        with losing(self.name, OSError):
            if self._receiving is None:
                self._receiving = ReceiveBuffers(self._receiver)
            return self._receiving.read(n_samples)

    def transmit(self, samples: ComplexArray) -> None:
        """See `Radio`."""
        if self._transmitting is None:
            raise ConfigurationError(f"{self.name} is not powered up: transmit through the guard")
        with losing(self.name, OSError):
            self._underflows += self._transmitting.write(samples)

    def silence(self) -> None:
        """See `Radio`."""
        with losing(self.name, OSError):
            switch_off(self._control, self.name)
        self._stop_transmitting()

    def drops(self) -> Drops:
        """See `Radio`."""
        with losing(self.name, OSError):
            overflows = 0 if self._receiving is None else self._receiving.overflows()
        underflows, self._underflows = self._underflows, 0
        return Drops(overflows, underflows)

    def close(self) -> None:
        """See `Radio`. Buffers go before their context, or the interpreter crashes at its end."""
        with contextlib.suppress(RadioLost):
            self.silence()
        self._stop_transmitting()
        self._stop_receiving()
        self._attributes = None

    def _stop_transmitting(self) -> None:
        if self._transmitting is not None:
            self._transmitting.close()
            self._transmitting = None

    def _stop_receiving(self) -> None:
        if self._receiving is not None:
            self._receiving.close()
            self._receiving = None

    def _set(self, device: Any, what: str, value: object) -> None:
        try:
            setattr(device, what, value)
        except ValueError as error:
            raise ConfigurationError(f"{self.name} refuses {what} = {value}: {error}") from error
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            raise ConfigurationError(f"{self.name} refuses {what} = {value}") from error

    def _read_back(self) -> RadioSettings:
        device = self._attributes
        return RadioSettings(
            rate_sps=float(device.sample_rate),
            rx_lo_hz=float(device.rx_lo),
            tx_lo_hz=float(device.tx_lo),
            rx_bandwidth_hz=float(device.rx_rf_bandwidth),
            tx_bandwidth_hz=float(device.tx_rf_bandwidth),
            rx_gain_db=float(device.rx_hardwaregain_chan0),
            tx_attenuation_db=-float(device.tx_hardwaregain_chan0),
        )
