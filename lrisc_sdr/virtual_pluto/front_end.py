# SPDX-License-Identifier: MIT
"""The imperfections of one radio's analogue side, as a test sets them: the truth that a calibration has to find.

    transmitter   y = A(a (x + g x* + d))          x: its converter's samples, a: attenuator over the reference
    receiver      y = z + g z* + d,  z = b (x + n) + v    x: what arrives, b: gain over the reference

All levels are over a converter's full scale (dBFS: an amplitude of 1 is 0 dBFS), a transmitter's at the reference
attenuation, a receiver's thermal noise n at the reference gain; the noise v of its converter has no gain before it.
"""

from __future__ import annotations

import cmath
import math
from dataclasses import dataclass

import numpy as np

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.types import ComplexArray


@dataclass(frozen=True)
class Imbalance:
    """Unequal I and Q branches: I′ = I, Q′ = α (Q cos φ + I sin φ).

    With x = I + jQ this is I′ + jQ′ = μ x + ν x*, μ = (1 + α e^jφ) / 2, ν = (1 − α e^−jφ) / 2 (Schenk, *RF
    Imperfections in High-rate Wireless Systems*, 2008, chapter 5). The factor μ is left out: y = x + g x*, g = ν / μ*.

    Attributes:
        gain_db: α, Q over I `[dB]`.
        phase_deg: φ, by which the branches miss a right angle `[degrees]`.
    """

    gain_db: float = 0.0
    phase_deg: float = 0.0

    def __post_init__(self) -> None:
        if not (abs(self.gain_db) <= 6.0 and abs(self.phase_deg) <= 45.0):
            raise ConfigurationError("an I/Q imbalance lies within ±6 dB and ±45 degrees")

    @property
    def image_gain(self) -> complex:
        """g of y = x + g x*; its square is the image over the signal."""
        turned = cmath.rect(10.0 ** (self.gain_db / 20.0), -math.radians(self.phase_deg))
        return (1.0 - turned) / (1.0 + turned)


@dataclass(frozen=True)
class FrontEnd:
    """Imperfections of one radio; what is None is as the channel has it.

    The floor that a receiver of gain b (amplitude over the reference) shows is

        E|y − d|² = (1 + |g|²) (b² N_thermal + N_converter) + Δ² / 6,  Δ = 2⁻¹¹:

    flat at low gain, where the converter makes it, and rising with the gain, decibel by decibel, where the front end
    does. With S the signal's power at the reference gain, SNR = b² S over this: it grows with the gain until the front
    end makes the noise, and falls where the converter clips.

    Attributes:
        tx_imbalance: of the transmitter's branches.
        rx_imbalance: of the receiver's branches.
        tx_dc: d, the transmitter's carrier leak over full scale, before the attenuator.
        rx_dc: d, the receiver's offset over full scale, whatever its gain.
        compression_dbfs: the level at its input at which the power amplifier has lost 1 dB `[dBFS]`.
        smoothness: p of the amplifier (`amplify`); 2 to 3 is a transistor's, infinity a limiter's.
        noise_dbfs: N_thermal at the reference gain `[dBFS]`.
        converter_noise_dbfs: N_converter, besides the steps of 12 bits `[dBFS]`; None has none.

    Raises:
        ConfigurationError: figures that no radio has.
    """

    tx_imbalance: Imbalance | None = None
    rx_imbalance: Imbalance | None = None
    tx_dc: complex | None = None
    rx_dc: complex | None = None
    compression_dbfs: float | None = None
    smoothness: float = 2.0
    noise_dbfs: float | None = None
    converter_noise_dbfs: float | None = None

    def __post_init__(self) -> None:
        levels = (self.compression_dbfs, self.noise_dbfs, self.converter_noise_dbfs)
        for right, what in (
            (
                all(dc is None or abs(dc) <= 1.0 for dc in (self.tx_dc, self.rx_dc)),
                "a carrier leak is below full scale",
            ),
            (all(level is None or abs(level) <= 200.0 for level in levels), "every level lies within ±200 dBFS"),
            (self.smoothness >= 0.5, "smoothness is 0.5 or more"),
        ):
            if not right:
                raise ConfigurationError(f"this is not a front end: check that {what}")

    @property
    def saturation(self) -> float | None:
        """A_sat of `amplify`, over full scale: the amplitude that the amplifier never passes; None: the channel's."""
        if self.compression_dbfs is None:
            return None
        level = amplitude(self.compression_dbfs)
        if math.isinf(self.smoothness):
            return level * amplitude(-1.0)
        return float(level / (10.0 ** (self.smoothness / 10.0) - 1.0) ** (0.5 / self.smoothness))


def amplify(samples: ComplexArray, saturation: float, smoothness: float) -> ComplexArray:
    """Return y = x / (1 + (|x| / A)^(2p))^(1/(2p)), c64 `[n]`, with A = `saturation` and p = `smoothness`.

    Rapp, *Effects of HPA-nonlinearity on a 4-DPSK/OFDM-signal for a digital sound broadcasting system*, 1991. It is
    1 dB below x at |x| = A (10^(p/10) − 1)^(1/(2p)); an infinite p limits the magnitude at A.
    """
    drive = np.abs(samples) * np.float32(1.0 / saturation)
    if math.isinf(smoothness):
        amplified: ComplexArray = samples / np.maximum(drive, np.float32(1.0))
        return amplified
    power = np.float32(2.0 * smoothness)
    return samples * (np.float32(1.0) + drive**power) ** np.float32(-1.0 / power)


def amplitude(level_db: float | None) -> float:
    """Return the amplitude of a level in dB; that of None is 0."""
    return 0.0 if level_db is None else float(10.0 ** (level_db / 20.0))
