# SPDX-License-Identifier: MIT
"""ADALM-Pluto and its AD936x kin: control through pyadi-iio, samples through libiio's buffers.

pyadi-iio knows the filters that low rates need, but some of its setters do nothing and say nothing, its samples are
complex128 at half the speed, and it never switches a transmitter off. Here it sets and reads attributes, no more.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from lrisc_sdr.errors import ConfigurationError, MissingExtra
from lrisc_sdr.radio.identity import Identity
from lrisc_sdr.radio.pluto_buffers import ReceiveBuffers, TransmitBuffers
from lrisc_sdr.radio.protocol import Drops, RadioAbsent, RadioLost, RadioSettings, RadioStillOn
from lrisc_sdr.radio.read_back import require_read_back
from lrisc_sdr.types import ComplexArray

CONTROL = "ad9361-phy"
RECEIVER = "cf-ad9361-lpc"
TRANSMITTER = "cf-ad9361-dds-core-lpc"
CRYSTAL_HZ = 40_000_000
"""What is printed on the crystal."""
MAX_ATTENUATION_DB = 89.75
"""What `silence` sets; 0.25 dB is the device's step."""
# A device that has not answered for so long has gone. What waits longest are buffers: a quarter of a second at the
# lowest rate, 521 ksamples/s.
TIMEOUT_MS = 1_000


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
        adi = _module("adi")
        self._context = _open(uri)
        self._control = _device(self._context, CONTROL, uri)
        self._receiver = _device(self._context, RECEIVER, uri)
        self._transmitter = _device(self._context, TRANSMITTER, uri)
        self._settings: RadioSettings | None = None
        self._receiving: ReceiveBuffers | None = None
        self._transmitting: TransmitBuffers | None = None
        self._underflows = 0
        with _losing(self.name):
            self.silence()
            self._attributes: Any = adi.Pluto(self._context)
            _silence_test_tones(self._transmitter)

    def configure(self, settings: RadioSettings) -> RadioSettings:
        """See `Radio`. Rates of both directions are one; 521 ksamples/s to 61.44 Msamples/s."""
        with _losing(self.name):
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
        with _losing(self.name):
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
        settings = self._require_settings()
        with _losing(self.name):
            _write(self._control, "voltage0", "hardwaregain", -MAX_ATTENUATION_DB)
            self._transmitting = TransmitBuffers(self._transmitter)
            _write(self._control, "altvoltage1", "powerdown", 0)
            self._transmitting.zeros()
            _write(self._control, "voltage0", "hardwaregain", -settings.tx_attenuation_db)
            if _read(self._control, "altvoltage1", "powerdown") != 0:
                raise RadioStillOn(f"{self.name} reads back powered down after power-up: nothing would be sent")
            return replace(self._read_back(), rx_gain_db=settings.rx_gain_db)

    def receive(self, n_samples: int) -> ComplexArray:
        """See `Radio`."""
        with _losing(self.name):
            if self._receiving is None:
                self._receiving = ReceiveBuffers(self._receiver)
            return self._receiving.read(n_samples)

    def transmit(self, samples: ComplexArray) -> None:
        """See `Radio`."""
        if self._transmitting is None:
            raise ConfigurationError(f"{self.name} is not powered up: transmit through the guard")
        with _losing(self.name):
            self._underflows += self._transmitting.write(samples)

    def silence(self) -> None:
        """See `Radio`."""
        with _losing(self.name):
            _switch_off(self._control, self.name)
        self._transmitting = None

    def drops(self) -> Drops:
        """See `Radio`."""
        with _losing(self.name):
            overflows = 0 if self._receiving is None else self._receiving.overflows()
        underflows, self._underflows = self._underflows, 0
        return Drops(overflows, underflows)

    def close(self) -> None:
        """See `Radio`. Buffers go before their context, or the interpreter crashes at its end."""
        with contextlib.suppress(RadioLost):
            self.silence()
        self._transmitting = None
        self._stop_receiving()
        self._attributes = None

    def _stop_receiving(self) -> None:
        if self._receiving is not None:
            self._receiving.close()
            self._receiving = None

    def _require_settings(self) -> RadioSettings:
        if self._settings is None:
            raise ConfigurationError(f"{self.name} has no settings: configure it before power-up")
        return self._settings

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


def identify(uri: str) -> Identity:
    """The device's own words for itself; see `lrisc_sdr.radio.identity`.

    Raises:
        RadioAbsent: there is no device.
        MissingExtra: libiio is not installed.
    """
    values = dict(_open(uri).attrs)
    return Identity("pluto", values.get("hw_model", "AD936x"), values.get("hw_serial", ""))


def silence(uri: str) -> None:
    """Switch the transmitter of the device at `uri` off, through a session of its own.

    Raises:
        RadioAbsent: there is no device.
        RadioStillOn: it does not read back silent.
        RadioLost: it went meanwhile.
        MissingExtra: libiio is not installed.
    """
    name = f"pluto {uri}"
    with _losing(name):
        context = _open(uri)
        _switch_off(_device(context, CONTROL, uri), name)


def _switch_off(control: Any, name: str) -> None:
    """Attenuation first: powering down is a click otherwise."""
    _write(control, "voltage0", "hardwaregain", -MAX_ATTENUATION_DB)
    _write(control, "altvoltage1", "powerdown", 1)
    gain_db, down = _read(control, "voltage0", "hardwaregain"), _read(control, "altvoltage1", "powerdown")
    if gain_db > -MAX_ATTENUATION_DB or down != 1:
        raise RadioStillOn(f"{name} was switched off and reads back powerdown {down:g}, {-gain_db:g} dB attenuation")


def _silence_test_tones(transmitter: Any) -> None:
    """Without a buffer the converter would play two tones."""
    for channel in transmitter.channels:
        if channel.output and "raw" in channel.attrs:
            channel.attrs["raw"].value = "0"


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except (ImportError, AttributeError, OSError) as error:  # pylibiio without libiio is an AttributeError
        raise MissingExtra("pyadi-iio with libiio", "radio") from error


def _open(uri: str) -> Any:
    try:
        context = _module("iio").Context(uri)
    except OSError as error:
        raise RadioAbsent(
            f"no radio answers at {uri}: {error.strerror}; check its cable, and 'iio_info -u {uri}'"
        ) from error
    context.set_timeout(TIMEOUT_MS)
    return context


def _device(context: Any, name: str, uri: str) -> Any:
    device = context.find_device(name)
    if device is None:
        raise RadioAbsent(f"what answers at {uri} is no Pluto: it has no {name}")
    return device


def _channel(control: Any, name: str) -> Any:
    return control.find_channel(name, True)


def _write(control: Any, channel: str, attribute: str, value: float) -> None:
    _channel(control, channel).attrs[attribute].value = f"{value:g}"


def _read(control: Any, channel: str, attribute: str) -> float:
    return float(_channel(control, channel).attrs[attribute].value.split()[0])


@contextlib.contextmanager
def _losing(name: str) -> Iterator[None]:
    """What libiio raises when its device does not answer becomes RadioLost."""
    try:
        yield
    except OSError as error:
        raise RadioLost(f"{name} was lost: {error.strerror or error}") from error
