# SPDX-License-Identifier: MIT
"""The channel that the codec is trained through: what the OFDM link leaves on a symbol after unbiased equalisation.

    y = h·s + n,   ĥ = h·(1 + δ),   ŝ = y/ĥ = (s + n/h)/(1 + δ),    n ~ CN(0, σ²),   δ ~ CN(0, ρ·σ²/|h|²)

h is 1, or the gain of a random carrier of a random multipath channel: the interleaver scatters neighbours in the
picture over carriers, so that their gains are independent draws. δ is the error of the channel's estimate, one for all
symbols of a carrier. The receiver believes in ĥ, and in a noise of its own measuring. Lost frames erase an even share
of all symbols.
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
        estimation_error: range of ρ, the variance of the channel estimate's error over that of the noise. docs/phy.md
            has it as a loss of 0.17 to 0.21 dB on white noise and of 0.47 to 0.61 dB on eight taps.
        told_error_db: standard deviation of the SNR that the transmitter is told `[dB]`.
        measured_error_db: standard deviation of the SNR and the noise that the receiver measures `[dB]`.
    """

    snr_db: tuple[float, float] = (-2.0, 20.0)
    multipath: float = 0.5
    erased: float = 0.1
    estimation_error: tuple[float, float] = (0.03, 0.15)
    told_error_db: float = 1.0
    measured_error_db: float = 0.2


_CARRIERS = 208


def carrier_gains(generator: torch.Generator) -> Tensor:
    """|h|² of the carriers of one random channel, `[208]`, mean 1: 2–8 taps, exponential profile, Rician first tap."""
    device = generator.device
    taps = int(torch.randint(2, 9, (), generator=generator, device=device))
    decay = float(torch.rand((), generator=generator, device=device)) * 1.5 + 0.3
    profile = torch.exp(-decay * torch.arange(taps, device=device) / 2)
    h = profile * _complex_normal((taps,), generator)
    h[0] += 2 * profile[0]
    gains = torch.fft.fft(h, 256)[:_CARRIERS].abs().square()
    normalised: Tensor = gains / gains.mean()
    return normalised


@dataclass(frozen=True)
class Draw:
    """One group's channel.

    Attributes:
        told_snr_db, measured_snr_db: what the transmitter and the receiver take Es/N0 for `[dB]`.
        noise_var: of each complex symbol n/h, f32, inf where erased.
        distortion: 1 + δ of each complex symbol, c64.
        told_noise_var: what the receiver takes the variance of ŝ − s for, f32, inf where erased.
    """

    told_snr_db: float
    measured_snr_db: float
    noise_var: Tensor
    distortion: Tensor
    told_noise_var: Tensor


def draw(config: ChannelConfig, shape: tuple[int, ...], generator: torch.Generator) -> Draw:
    """Draw the channel of one group; `shape` is that of its complex symbols."""

    device = generator.device

    def uniform(low: float = 0.0, high: float = 1.0) -> float:
        return low + (high - low) * float(torch.rand((), generator=generator, device=device))

    def normal() -> float:
        return float(torch.randn((), generator=generator, device=device))

    snr_db = uniform(*config.snr_db)
    variance = torch.full((_CARRIERS,), 10 ** (-snr_db / 10), device=device)
    if uniform() < config.multipath:
        variance = variance / carrier_gains(generator)
    error = uniform(*config.estimation_error)
    distortion = 1 + (error * variance / 2).sqrt() * _complex_normal((_CARRIERS,), generator)
    measured_error_db = config.measured_error_db * normal()
    told = variance * (1 + error) / distortion.abs().square() * 10 ** (-measured_error_db / 10)
    carrier = torch.randint(_CARRIERS, shape, generator=generator, device=device)
    noise_var, told_noise_var = variance[carrier], told[carrier]
    if uniform() < config.erased:
        lost = torch.rand(shape, generator=generator, device=device) < uniform(0.1, 0.5)
        noise_var[lost] = told_noise_var[lost] = math.inf
    return Draw(
        told_snr_db=snr_db + config.told_error_db * normal(),
        measured_snr_db=snr_db + measured_error_db,
        noise_var=noise_var,
        distortion=distortion[carrier],
        told_noise_var=told_noise_var,
    )


def transmit(symbols: Tensor, drawn: Draw, generator: torch.Generator) -> Tensor:
    """ŝ = (s + n/h)/(1 + δ), and 0 where erased, of complex symbols of unit power in the shape of the draw."""
    device = symbols.device
    erased = drawn.noise_var.isinf()
    deviation = torch.where(erased, 0.0, drawn.noise_var / 2).sqrt()
    noise = _complex_normal(drawn.noise_var.shape, generator) * deviation
    faithful = (symbols + noise.to(device)) / drawn.distortion.to(device)
    return torch.where(erased.to(device), 0.0, faithful)


def _complex_normal(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Two independent unit normals as one complex number, E|·|² = 2."""
    return torch.view_as_complex(torch.randn(*shape, 2, generator=generator, device=generator.device))
