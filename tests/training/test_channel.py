# SPDX-License-Identifier: MIT
"""The training channel has the noise that it says it has: half of N0 on each real dimension."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch

from lrisc_sdr.training.channel import ChannelConfig, carrier_gains, draw, transmit

AWGN = ChannelConfig(snr_db=(7.0, 7.0), multipath=0.0, erased=0.0, told_error_db=0.0, measured_error_db=0.0)
SHAPE = (4, 64, 30, 30)


def test_measured_snr_is_the_asked_one() -> None:
    generator = torch.Generator().manual_seed(1)
    drawn = draw(AWGN, SHAPE, generator)
    assert drawn.told_snr_db == drawn.measured_snr_db == 7.0
    sent = torch.randn(4, 128, 30, 30, generator=generator) * math.sqrt(0.5)
    noise = transmit(sent, drawn.noise_var.repeat_interleave(2, dim=1), generator) - sent
    # Es of a complex symbol is twice the power of a real dimension, and so is N0.
    snr_db = 10 * torch.log10(sent.square().mean() / noise.square().mean())
    assert float(snr_db) == pytest.approx(7.0, abs=0.05)


def test_carriers_of_a_multipath_channel_have_unit_mean_power_and_differ() -> None:
    generator = torch.Generator().manual_seed(2)
    gains = torch.stack([carrier_gains(generator) for _ in range(50)])
    assert torch.allclose(gains.mean(dim=1), torch.ones(50), atol=1e-4)
    assert float(gains.std(dim=1).mean()) > 0.2


def test_lost_frames_erase_a_share_and_leave_zeros() -> None:
    generator = torch.Generator().manual_seed(3)
    drawn = draw(dataclasses.replace(AWGN, erased=1.0), SHAPE, generator)
    share = drawn.noise_var.isinf().float().mean()
    assert 0.1 < share < 0.5
    received = transmit(torch.ones(4, 128, 30, 30), drawn.noise_var.repeat_interleave(2, dim=1), generator)
    assert bool((received[drawn.noise_var.repeat_interleave(2, dim=1).isinf()] == 0).all())
