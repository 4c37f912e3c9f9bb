# SPDX-License-Identifier: MIT
"""The calibrations by name: who sends, who receives, and what is kept of it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lrisc_sdr.calibrate import measure_rx_gain as rx_gain
from lrisc_sdr.calibrate import measure_tx_power as tx_power
from lrisc_sdr.calibrate.applying import calibration_of
from lrisc_sdr.calibrate.link import End, Link, Progress
from lrisc_sdr.calibrate.measure_delay import measure_delay
from lrisc_sdr.calibrate.measure_frequency import measure_by_bursts, measure_by_carrier
from lrisc_sdr.calibrate.measure_iq import measure_both, measure_receiver
from lrisc_sdr.calibrate.measure_snr import measure_snr
from lrisc_sdr.calibrate.profile import Iq
from lrisc_sdr.calibrate.storage import default_path, update_profile
from lrisc_sdr.errors import ConfigurationError, UsageError
from lrisc_sdr.radio.identity import Identity, identify
from lrisc_sdr.radio.settings import RadioConfig
from lrisc_sdr.waveform import Waveform

PROBE_SAMPLES = 1000


class What(str, enum.Enum):
    """The calibrations."""

    frequency = "frequency"
    tx_power = "tx-power"
    rx_gain = "rx-gain"
    iq = "iq"
    delay = "delay"
    snr = "snr"

    @property
    def table(self) -> str:
        """Its table in a profile."""
        return self.value.replace("-", "_")


@dataclass(frozen=True)
class Wish:
    """What shall be measured, and how.

    Attributes:
        what: the calibration.
        device: the radio that is calibrated.
        partner: another radio at the other end, or None: it hears itself.
        waveform: of the bursts.
        transmit: the user has said that it shall transmit.
        carrier_hz: a known carrier for `frequency` `[Hz]`.
        gains_db: the gains of `rx-gain`; none are the usual ones `[dB]`.
        attenuations_db: those of `tx-power` and `snr`; none are the usual ones `[dB]`.
        backoffs_db: those of `tx-power`; none are the usual ones `[dB]`.
    """

    what: What
    device: RadioConfig
    partner: RadioConfig | None
    waveform: Waveform
    transmit: bool
    carrier_hz: float | None = None
    gains_db: tuple[float, ...] = ()
    attenuations_db: tuple[float, ...] = ()
    backoffs_db: tuple[float, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What was measured: a table of a profile, of which device, and where it was written."""

    table: Any
    identity: Identity
    path: Path


def calibrate(wish: Wish, path: Path | None, progress: Progress) -> Outcome:
    """Measure, and write the profile; the tables of other calibrations stay.

    Args:
        wish: what and how.
        path: of the profile; None: the user's, by serial number.
        progress: told of every step.

    Raises:
        UsageError: the options do not fit the calibration.
        TransmitRefused: the guard refuses.
        LriscError: a radio is absent or lost, nothing was heard, or the profile cannot be written.
    """
    if wish.carrier_hz is not None and wish.what is not What.frequency:
        raise UsageError("--carrier-hz is for 'frequency'")
    if wish.partner is not None and wish.what is What.delay:
        raise UsageError("'delay' is measured from a radio to itself: leave --partner-uri")
    sends = _sends(wish)
    if sends:
        # Before a radio is asked for anything.
        sender = wish.partner if wish.partner is not None and _partner_sends(wish.what) else wish.device
        Link(End(sender), End(sender), wish.waveform, wish.transmit, wish.what.value).require_permit(PROBE_SAMPLES)
    identity = identify(wish.device.radio, wish.device.uri)
    path = default_path(identity) if path is None else path
    table = _measure(wish, progress)
    update_profile(path, identity, **{wish.what.table: table})
    return Outcome(table, identity, path)


def _sends(wish: Wish) -> bool:
    if wish.what is What.frequency:
        return wish.carrier_hz is None
    if wish.what in (What.rx_gain, What.iq):
        return wish.transmit  # without it they make do with noise
    return True


def _partner_sends(what: What) -> bool:
    return what in (What.frequency, What.rx_gain, What.snr)


def _measure(wish: Wish, progress: Progress) -> Any:
    what = wish.what
    device = _end(wish.device, what)
    partner = device if wish.partner is None else _end(wish.partner, None)
    name = "itself" if wish.partner is None else str(identify(wish.partner.radio, wish.partner.uri))
    sends, receives = (partner, device) if _partner_sends(what) else (device, partner)
    if what is What.frequency and wish.carrier_hz is not None:
        with _link(wish, None, device) as link:
            return measure_by_carrier(link, wish.carrier_hz, progress)
    if what is What.iq:
        return _measure_iq(wish, device, partner, name, progress)
    with _link(wish, sends if _sends(wish) else None, receives) as link:
        if what is What.frequency:
            return measure_by_bursts(link, "receiver", name, progress)
        if what is What.rx_gain:
            return rx_gain.measure_rx_gain(link, wish.gains_db or rx_gain.GAINS_DB, name, progress)
        if what is What.tx_power:
            attenuations_db = wish.attenuations_db or tx_power.ATTENUATIONS_DB
            return tx_power.measure_tx_power(
                link, attenuations_db, wish.backoffs_db or tx_power.BACKOFFS_DB, name, progress
            )
        if what is What.delay:
            return measure_delay(link, progress)
        return measure_snr(link, wish.attenuations_db, name, progress)


def _measure_iq(wish: Wish, device: End, partner: End, name: str, progress: Progress) -> Iq:
    if not wish.transmit:
        with _link(wish, None, device) as link:
            return Iq(rx=measure_receiver(link, progress))
    with _link(wish, device, partner) as link:
        receiver, transmitter = measure_both(link, name, progress)
    if wish.partner is not None:
        # What the partner heard with was its own receiver.
        with _link(wish, partner, device) as link:
            receiver, _ = measure_both(link, name, progress)
    return Iq(rx=receiver, tx=transmitter)


def _link(wish: Wish, sends: End | None, receives: End) -> Link:
    return Link(sends, receives, wish.waveform, wish.transmit, wish.what.value)


def _end(config: RadioConfig, what: What | None) -> End:
    """A radio with its profile, less what is about to be measured, and with the user's gain only."""
    found = calibration_of(config)
    profile = found.profile
    if profile is not None and what is not None:
        without: dict[str, Any] = {what.table: None}
        profile = replace(profile, **without)
    return End(replace(found.config, rx_gain_db=config.rx_gain_db), profile, what is What.frequency)


def one_of(values: tuple[float, ...], option: str, what: What, *several: What) -> float | None:
    """The value of an option that only some calibrations take several of.

    Raises:
        UsageError: there are several.
        ConfigurationError: one is not a number.
    """
    if any(value != value or abs(value) == float("inf") for value in values):
        raise ConfigurationError(f"{option}: give numbers")
    if what in several or not values:
        return None
    if len(values) > 1:
        raise UsageError(f"{option} may be given once for {what.value}")
    return values[0]
