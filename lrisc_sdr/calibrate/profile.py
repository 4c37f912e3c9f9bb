# SPDX-License-Identifier: MIT
"""A device's profile: one table for each calibration, with where its figures come from."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from lrisc_sdr.errors import ConfigurationError

Pair = tuple[float, float]
"""Real and imaginary part."""


@dataclass(frozen=True)
class Device:
    """Whose profile it is.

    Attributes:
        radio: the kind of radio, as in "pluto".
        model: as the device says it.
        serial: its number; empty for a profile of every device of the model.
    """

    radio: str
    model: str
    serial: str = ""


@dataclass(frozen=True)
class Provenance:
    """Where a table's figures come from.

    Attributes:
        measured_at: UTC, ISO 8601.
        software: name and version.
        partner: the other radio, or "itself".
        waveform: of the bursts; empty where there were none.
        rate_sps: sampling rate `[samples/s]`.
        rx_lo_hz, tx_lo_hz: the oscillators' frequencies `[Hz]`.
        rx_gain_db: the receiver's gain, where it was one for all `[dB]`.
        tx_attenuation_db: the transmitter's attenuation, where it was one for all `[dB]`.
    """

    measured_at: str
    software: str
    partner: str
    waveform: str
    rate_sps: float
    rx_lo_hz: float
    tx_lo_hz: float
    rx_gain_db: float | None = None
    tx_attenuation_db: float | None = None


@dataclass(frozen=True)
class FrequencyRow:
    """One burst, or one stretch of a carrier: its time `[s]` and the crystal's error by it `[parts per million]`."""

    time_s: float
    ppm: float


@dataclass(frozen=True)
class Frequency:
    """The crystal.

    Attributes:
        crystal_ppm: by how much it is faster than what is printed on it `[parts per million]`.
        deviation_ppm: standard deviation of that mean `[parts per million]`.
        method: "bursts", against a partner whose crystal counts as right after its own correction, or "carrier".
        clock_ppm: the same from the sampling clock, where bursts were heard `[parts per million]`.
        rows: what it was averaged over.
        provenance: where it comes from.
    """

    crystal_ppm: float
    deviation_ppm: float
    method: str
    rows: tuple[FrequencyRow, ...]
    provenance: Provenance
    clock_ppm: float | None = None


@dataclass(frozen=True)
class GainRow:
    """A gain of the receiver and what was measured with it.

    Attributes:
        gain_db: the gain `[dB]`.
        noise_dbfs: E|n|² with nobody sending, without the direct current, over an amplitude of 1 `[dBFS]`.
        input_dbfs: the same less the gain: the noise at the receiver's input `[dBFS]`.
        snr_db: Es/N0 of bursts, mean of the receiver's estimates; None where none was sent or heard `[dB]`.
    """

    gain_db: float
    noise_dbfs: float
    input_dbfs: float
    snr_db: float | None = None


@dataclass(frozen=True)
class RxGain:
    """The receiver's gain.

    Attributes:
        gain_db: the best manual gain: the lowest that costs no more than half a decibel `[dB]`.
        noise_dbfs: the noise floor with it `[dBFS]`.
        rows: every gain.
        provenance: where it comes from.
    """

    gain_db: float
    noise_dbfs: float
    rows: tuple[GainRow, ...]
    provenance: Provenance


@dataclass(frozen=True)
class PowerRow:
    """An attenuation, a back-off, and the error vector magnitude of bursts sent so `[dB]`; None: none was heard."""

    attenuation_db: float
    backoff_db: float
    evm_db: float | None = None


@dataclass(frozen=True)
class TxPower:
    """The transmitter's power.

    Attributes:
        attenuation_db: at the knee `[dB]`.
        backoff_db: at the knee: mean power below the converter's full scale `[dB]`.
        evm_db: there `[dB]`.
        rows: every combination.
        provenance: where it comes from.
    """

    attenuation_db: float
    backoff_db: float
    evm_db: float
    rows: tuple[PowerRow, ...]
    provenance: Provenance


@dataclass(frozen=True)
class Side:
    """Mirror image and carrier leak of a transmitter or a receiver: y = x + g x* + d.

    Attributes:
        image: g.
        dc: d, over full scale.
        image_dbc: |g|² before the correction `[dBc]`.
        corrected_image_dbc: what is left of it after the correction `[dBc]`.
        dc_dbfs: |d|² before the correction `[dBFS]`.
        corrected_dc_dbfs: what is left of it after the correction `[dBFS]`.
        provenance: where it comes from.
    """

    image: Pair
    dc: Pair
    image_dbc: float
    corrected_image_dbc: float
    dc_dbfs: float
    corrected_dc_dbfs: float
    provenance: Provenance


@dataclass(frozen=True)
class Iq:
    """Both sides' images and leaks; None is not measured."""

    rx: Side | None = None
    tx: Side | None = None


@dataclass(frozen=True)
class Delay:
    """From a transmitter to the receiver of the same device.

    Attributes:
        samples: samples that were received after the last one before a burst was handed over, until it arrived; median.
        seconds: the same at the rate of the measurement `[s]`.
        spread_samples: the largest less the smallest.
        rows: every burst.
        provenance: where it comes from.
    """

    samples: float
    seconds: float
    spread_samples: float
    rows: tuple[float, ...]
    provenance: Provenance


@dataclass(frozen=True)
class SnrRow:
    """An attenuation `[dB]`, the mean of the estimates there, and what the steps of attenuation lead to `[dB]`."""

    attenuation_db: float
    estimated_db: float
    expected_db: float


@dataclass(frozen=True)
class Snr:
    """The receiver's estimates of Es/N0 against known steps of attenuation.

    Attributes:
        mean_error_db: mean of estimated less expected `[dB]`.
        worst_error_db: the largest magnitude of it `[dB]`.
        ceiling_db: Es/N0 that no power exceeds, for what the radios add in proportion; None: none was seen `[dB]`.
        rows: every attenuation.
        provenance: where it comes from.
    """

    mean_error_db: float
    worst_error_db: float
    rows: tuple[SnrRow, ...]
    provenance: Provenance
    ceiling_db: float | None = None


@dataclass(frozen=True)
class Profile:
    """All that is known of a device; None is not measured.

    Raises:
        ConfigurationError: a figure that no device has.
    """

    device: Device
    frequency: Frequency | None = None
    rx_gain: RxGain | None = None
    tx_power: TxPower | None = None
    iq: Iq | None = None
    delay: Delay | None = None
    snr: Snr | None = None

    def __post_init__(self) -> None:
        sides = [] if self.iq is None else [side for side in (self.iq.rx, self.iq.tx) if side is not None]
        images = [math.hypot(*side.image) for side in sides]
        leaks = [math.hypot(*side.dc) for side in sides]
        for right, what in (
            (self.frequency is None or abs(self.frequency.crystal_ppm) <= 1000, "crystal_ppm is from -1000 to 1000"),
            (self.rx_gain is None or abs(self.rx_gain.gain_db) <= 200, "rx_gain.gain_db is from -200 to 200"),
            (self.tx_power is None or 0 <= self.tx_power.attenuation_db <= 200, "attenuation_db is from 0 to 200"),
            (self.tx_power is None or 0 <= self.tx_power.backoff_db <= 60, "backoff_db is from 0 to 60"),
            (all(image < 0.5 for image in images), "an image is below -6 dBc"),
            (all(leak < 1 for leak in leaks), "a carrier leak is below full scale"),
        ):
            if not right:
                raise ConfigurationError(f"this is not a radio's profile: check that {what}")

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of what was measured."""
        return tuple(f.name for f in fields(self) if f.name != "device" and getattr(self, f.name) is not None)
