# SPDX-License-Identifier: MIT
"""The noise process: its marginals, its ends, and a sampler that follows them."""

from __future__ import annotations

import pytest
import torch

from lrisc_sdr.diffusion.process import KAPPA, sample, schedule, shift

SHAPE = (1, 3, 64, 64)


def test_the_ends_of_the_process() -> None:
    picture, jscc = torch.full(SHAPE, 0.5), torch.full(SHAPE, -0.5)
    noise = torch.randn(SHAPE, generator=torch.Generator().manual_seed(1))
    assert torch.equal(shift(picture, jscc, torch.zeros(1), noise), picture)
    assert torch.allclose(shift(picture, jscc, torch.ones(1), noise), jscc + KAPPA * noise)


@pytest.mark.parametrize("steps", range(1, 9))
def test_a_perfect_denoiser_gives_the_picture_in_any_number_of_steps(steps: int) -> None:
    picture, jscc = torch.full(SHAPE, 0.5), torch.full(SHAPE, -0.5)
    seen: list[float] = []

    def denoise(x: torch.Tensor, eta: float) -> torch.Tensor:
        # What arrives at every step has the mean and the deviation of the forward process at its η.
        expected = 0.5 - eta
        assert float(x.mean()) == pytest.approx(expected, abs=0.02)
        assert float(x.std()) == pytest.approx(KAPPA * eta**0.5, rel=0.05)
        seen.append(eta)
        return picture

    result = sample(denoise, jscc, steps, torch.Generator().manual_seed(2))
    assert torch.equal(result, picture)
    assert seen == schedule(steps)[:-1]


@pytest.mark.parametrize("steps", [-1, 0, 9])
def test_other_numbers_of_steps_are_refused(steps: int) -> None:
    with pytest.raises(ValueError, match="1 to 8"):
        schedule(steps)
