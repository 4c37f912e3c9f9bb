# SPDX-License-Identifier: MIT
"""The channel that the codec is trained through: what the OFDM link leaves on a symbol after unbiased equalisation.

    ŝ = s + n,   n ~ CN(0, σ²/|h|²)

h is 1, or the gain of a random carrier of a random multipath channel: the interleaver scatters neighbours in the
    picture
over carriers, so that their gains are independent draws. Lost frames erase an even share of all symbols. The
transmitter and the receiver know the SNR with an error of their own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class ChannelConfig:
    """What is drawn for every group of crops that stands for one picture.

    Attributes:
        snr_db: range of Es/N0, uniform `[dB]`.
        multipath: share of the groups that see a frequency-selective channel.
        erased: share of the groups that lose frames.
        told_error_db: standard deviation of the SNR that the transmitter is told `[dB]`.
        measured_error_db: standard deviation of the SNR that the receiver measures `[dB]`.
    """

    snr_db: tuple[float, float] = (-2.0, 20.0)
    multipath: float = 0.5
    erased: float = 0.1
    told_error_db: float = 1.0
    measured_error_db: float = 0.2


_CARRIERS = 208


def carrier_gains(generator: torch.Generator) -> Tensor:
    """|h|² of the carriers of one random channel, `[208]`, mean 1: 2–8 taps, exponential profile, a Rician first
    tap.
    """
    taps = int(torch.randint(2, 9, (), generator=generator))
    decay = float(torch.rand((), generator=generator)) * 1.5 + 0.3
    profile = torch.exp(-decay * torch.arange(taps) / 2)
    h = profile * torch.view_as_complex(torch.randn(taps, 2, generator=generator))
    h[0] += 2 * profile[0]
    gains = torch.fft.fft(h, 256)[:_CARRIERS].abs().square()
    normalised: Tensor = gains / gains.mean()
    return normalised


@dataclass(frozen=True)
class Draw:
    """One group's channel: SNRs in dB and the noise variance of each complex symbol, f32, inf where erased."""

    told_snr_db: float
    measured_snr_db: float
    noise_var: Tensor


def draw(config: ChannelConfig, shape: tuple[int, ...], generator: torch.Generator) -> Draw:
    """Draw the channel of one group; `shape` is that of its complex symbols."""

    def uniform() -> float:
        return float(torch.rand((), generator=generator))

    def normal() -> float:
        return float(torch.randn((), generator=generator))

    low, high = config.snr_db
    snr_db = low + (high - low) * uniform()
    noise_var = torch.full(shape, 10 ** (-snr_db / 10))
    if uniform() < config.multipath:
        gains = carrier_gains(generator)
        noise_var = noise_var / gains[torch.randint(_CARRIERS, shape, generator=generator)]
    if uniform() < config.erased:
        share = 0.1 + 0.4 * uniform()
        noise_var[torch.rand(shape, generator=generator) < share] = math.inf
    return Draw(snr_db + config.told_error_db * normal(), snr_db + config.measured_error_db * normal(), noise_var)


def transmit(dimensions: Tensor, noise_var: Tensor, generator: torch.Generator) -> Tensor:
    """ŝ = s + n on real dimensions: half of a complex symbol's noise variance falls on each.

    Args:
        dimensions: `[b, 128, h, w]`, unit power of a complex pair.
        noise_var: `[b, 128, h, w]`, that of the complex symbol; where inf, the result is 0.
    """
    erased = noise_var.isinf()
    deviation = torch.where(erased, 0.0, noise_var / 2).sqrt()
    noise = torch.randn(dimensions.shape, generator=generator) * deviation
    return torch.where(erased, 0.0, dimensions + noise)
