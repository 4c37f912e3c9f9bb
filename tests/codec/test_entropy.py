# SPDX-License-Identifier: MIT
"""The entropy model's bits are those of its distribution."""

from __future__ import annotations

import pytest
import torch

from lrisc_sdr.codec.entropy import Hyperprior, interval_bits


def test_the_probabilities_of_all_integers_add_to_one() -> None:
    values = torch.arange(-60.0, 61.0)
    for scale in (0.11, 1.0, 7.0):
        bits = interval_bits(values, torch.tensor(0.3), torch.tensor(scale))
        assert (2**-bits).sum() == pytest.approx(1, abs=1e-4)


def test_bits_of_a_wide_gaussian_match_its_differential_entropy() -> None:
    generator = torch.Generator().manual_seed(1)
    values = (torch.randn(100_000, generator=generator) * 20).round()
    bits = interval_bits(values, torch.tensor(0.0), torch.tensor(20.0)).mean()
    assert float(bits) == pytest.approx(0.5 * torch.log2(torch.tensor(2 * torch.pi * torch.e * 400)).item(), abs=0.02)


def test_odd_grids_give_bits_for_every_position() -> None:
    model = Hyperprior(6, latents=4, hyper=3).eval()
    _, bits, hyper_bits = model(torch.randn(2, 3, 80, 112), torch.randn(2, 6, 5, 7))
    assert bits.shape == (2, 5, 7)
    assert hyper_bits.shape == (2,)
    assert bool((bits > 0).all())
