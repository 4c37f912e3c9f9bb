# SPDX-License-Identifier: MIT
"""A radio's profile, found and applied: what every command does that opens one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from lrisc_sdr.calibrate.calibrated_radio import CalibratedRadio
from lrisc_sdr.calibrate.profile import Profile
from lrisc_sdr.calibrate.storage import find_profile, read_profile
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.radio.identity import Identity, identify
from lrisc_sdr.radio.opening import SILENT, open_radio
from lrisc_sdr.radio.protocol import Radio
from lrisc_sdr.radio.settings import RadioConfig

NONE = "none"


@dataclass(frozen=True)
class Calibration:
    """What is known of the radio of a configuration.

    Attributes:
        config: the configuration, with the profile's values where it left them open, and the profile's file.
        profile: what is known of the device; None: nothing, or it is not wanted.
        note: one line for the user that says so.
    """

    config: RadioConfig
    profile: Profile | None
    note: str


def calibration_of(config: RadioConfig) -> Calibration:
    """Find the profile of a configuration's radio; nothing is written to the device.

    Raises:
        UsageError: there is no such kind of radio.
        ConfigurationError: the profile is wrong, or another model's.
        RadioAbsent: there is no such device.
        MissingExtra: its driver is not installed.
    """
    if config.radio in SILENT or config.calibration == NONE:
        why = "is not wanted" if config.calibration == NONE else f"there is none for the radio {config.radio}"
        return Calibration(replace(config, calibration=NONE), None, f"calibration: {why}")
    identity = identify(config.radio, config.uri)
    path = find_profile(identity) if config.calibration is None else Path(config.calibration)
    if path is None:
        note = f"calibration: there is none for {identity}; 'lrisc calibrate' makes one"
        return Calibration(replace(config, calibration=NONE), None, note)
    profile = read_profile(path)
    _require_fits(profile, identity, path)
    return Calibration(_filled(config, profile, path), profile, f"calibration: {path}: {_describe(config, profile)}")


def open_calibrated(config: RadioConfig) -> Radio:
    """Open a configuration's radio with its profile; its transmitter is off.

    Raises:
        LriscError: as `calibration_of` and `open_radio`.
    """
    profile = calibration_of(config).profile
    radio = open_radio(config.radio, config.uri)
    return radio if profile is None else CalibratedRadio(radio, profile)


def _require_fits(profile: Profile, identity: Identity, path: Path) -> None:
    device = profile.device
    serial_fits = not device.serial or device.serial == identity.serial
    if (device.radio, device.model) != (identity.radio, identity.model) or not serial_fits:
        raise ConfigurationError(
            f"calibration {path} is for {Identity(device.radio, device.model, device.serial)}, and the radio is "
            f"{identity}: give --calibration {NONE}, or the right one"
        )


def _filled(config: RadioConfig, profile: Profile, path: Path) -> RadioConfig:
    config = replace(config, calibration=str(path))
    if profile.rx_gain is not None and config.rx_gain_db is None:
        config = replace(config, rx_gain_db=profile.rx_gain.gain_db)
    power = profile.tx_power
    # The attenuation belongs to the back-off: whoever gives one of them knows what the other shall be.
    if power is not None and config.tx_attenuation_db is None and config.tx_backoff_db is None:
        config = replace(config, tx_attenuation_db=power.attenuation_db, tx_backoff_db=power.backoff_db)
    return config


def _describe(config: RadioConfig, profile: Profile) -> str:
    parts = []
    if profile.frequency is not None:
        parts.append(f"crystal {profile.frequency.crystal_ppm:+.2f} ppm")
    if profile.rx_gain is not None:
        given = "" if config.rx_gain_db is None else f" (given: {config.rx_gain_db:g})"
        parts.append(f"gain {profile.rx_gain.gain_db:g} dB{given}")
    if profile.tx_power is not None:
        power = profile.tx_power
        given = "" if config.tx_attenuation_db is None else f" (given: {config.tx_attenuation_db:g})"
        parts.append(f"attenuation {power.attenuation_db:g} dB{given}, back-off {power.backoff_db:g} dB")
    if profile.iq is not None:
        sides = [name for name, side in (("receiver", profile.iq.rx), ("transmitter", profile.iq.tx)) if side]
        parts.append(f"images of {' and '.join(sides)}")
    if profile.delay is not None:
        parts.append(f"delay {profile.delay.samples:.1f} samples")
    return ", ".join(parts) or "nothing that is applied"
