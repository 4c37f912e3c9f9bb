# SPDX-License-Identifier: MIT
"""The training channel has the noise that it says it has: half of N0 on each real dimension."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch
from torch import Tensor

from lrisc_sdr.codec.jscc import scale_code, scale_value, told_scale
from lrisc_sdr.training.channel import ChannelConfig, carrier_gains, draw, transmit
from lrisc_sdr.training.transmission import complex_symbols, real_dimensions

AWGN = ChannelConfig(
    snr_db=(7.0, 7.0), multipath=0.0, erased=0.0, estimation_error=(0.0, 0.0), told_error_db=0.0, measured_error_db=0.0
)
SHAPE = (4, 64, 30, 30)


def unit_power(generator: torch.Generator) -> Tensor:
    return torch.view_as_complex(torch.randn(*SHAPE, 2, generator=generator) * math.sqrt(0.5))


def power(values: Tensor) -> Tensor:
    return values.abs().square()


def test_measured_snr_is_the_asked_one() -> None:
    generator = torch.Generator().manual_seed(1)
    drawn = draw(AWGN, SHAPE, generator)
    assert drawn.told_snr_db == drawn.measured_snr_db == 7.0
    sent = unit_power(generator)
    noise = transmit(sent, drawn, generator) - sent
    assert float(10 * torch.log10(power(sent).mean() / power(noise).mean())) == pytest.approx(7.0, abs=0.05)
    # Half of N0 on each real dimension.
    assert float(noise.real.square().mean() / noise.imag.square().mean()) == pytest.approx(1.0, abs=0.05)
    assert torch.allclose(drawn.told_noise_var, torch.tensor(10**-0.7))


def test_the_receiver_believes_in_a_noise_that_is_right_on_average_with_the_error_of_its_channel() -> None:
    generator = torch.Generator().manual_seed(4)
    ratios, losses = [], []
    for multipath in [0.0, 1.0] * 20:
        drawn = draw(dataclasses.replace(AWGN, estimation_error=(0.15, 0.15), multipath=multipath), SHAPE, generator)
        sent = unit_power(generator)
        error = power(transmit(sent, drawn, generator) - sent)
        ratios.append(float((error / drawn.told_noise_var).mean()))
        losses.append(float((error / drawn.noise_var).mean()))
    assert sum(ratios) / 40 == pytest.approx(1.0, abs=0.05)
    # Without fades, in which ŝ = y/ĥ divides by little more than the error of ĥ.
    assert 10 * math.log10(sum(losses[::2]) / 20) == pytest.approx(10 * math.log10(1.15), abs=0.2)


def test_the_error_of_the_channel_is_one_complex_factor_a_carrier() -> None:
    generator = torch.Generator().manual_seed(5)
    drawn = draw(dataclasses.replace(AWGN, snr_db=(0.0, 0.0), estimation_error=(0.1, 0.1)), SHAPE, generator)
    factors = torch.tensor(sorted(set(drawn.distortion.flatten().tolist()), key=abs))
    assert 150 < len(factors) <= 208
    assert float(power(factors - 1).mean()) == pytest.approx(0.1, rel=0.3)
    silent = dataclasses.replace(drawn, noise_var=torch.zeros(SHAPE))
    ones = torch.ones(SHAPE, dtype=torch.complex64)
    assert torch.allclose(transmit(ones, silent, generator), 1 / drawn.distortion)


def test_the_noise_and_the_snr_are_measured_with_one_error() -> None:
    generator = torch.Generator().manual_seed(6)
    drawn = draw(dataclasses.replace(AWGN, measured_error_db=2.0), SHAPE, generator)
    assert abs(drawn.measured_snr_db - 7.0) > 0.1
    assert -10 * math.log10(float(drawn.told_noise_var[0, 0, 0, 0])) == pytest.approx(drawn.measured_snr_db, abs=1e-4)


def test_carriers_of_a_multipath_channel_have_unit_mean_power_and_differ() -> None:
    generator = torch.Generator().manual_seed(2)
    gains = torch.stack([carrier_gains(generator) for _ in range(50)])
    assert torch.allclose(gains.mean(dim=1), torch.ones(50), atol=1e-4)
    assert float(gains.std(dim=1).mean()) > 0.2


def test_lost_frames_erase_a_share_and_leave_zeros() -> None:
    generator = torch.Generator().manual_seed(3)
    drawn = draw(dataclasses.replace(AWGN, erased=1.0), SHAPE, generator)
    assert 0.1 < drawn.noise_var.isinf().float().mean() < 0.5
    assert torch.equal(drawn.told_noise_var.isinf(), drawn.noise_var.isinf())
    received = transmit(torch.ones(SHAPE, dtype=torch.complex64), drawn, generator)
    assert bool((received[drawn.noise_var.isinf()] == 0).all())


def test_two_dimensions_make_a_symbol_and_come_back() -> None:
    dimensions = torch.randn(2, 6, 3, 4, generator=torch.Generator().manual_seed(7))
    symbols = complex_symbols(dimensions)
    assert torch.equal(symbols[:, 1].imag, dimensions[:, 3])
    assert torch.equal(real_dimensions(symbols), dimensions)


def test_the_scale_told_to_the_receiver_is_that_of_the_side_information() -> None:
    for scale in (1e-3, 0.031, 0.5, 0.997, 1.0, 1.02, 3.3, 40.0):
        assert float(told_scale(torch.tensor(scale))) == pytest.approx(scale_value(scale_code(scale)), rel=1e-6)
