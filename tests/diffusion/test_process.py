# SPDX-License-Identifier: MIT
"""The noise processes: their marginals, their ends, and a sampler that follows them."""

from __future__ import annotations

import pytest
import torch

from lrisc_sdr.diffusion.process import KAPPA, advance, begin, sample, schedule
from lrisc_sdr.sampling import STARTS, Start

SHAPE = (1, 3, 64, 64)
PICTURE, JSCC = torch.full(SHAPE, 0.5), torch.full(SHAPE, -0.5)


def noise(seed: int) -> torch.Tensor:
    return torch.randn(SHAPE, generator=torch.Generator().manual_seed(seed))


def test_where_decoding_starts() -> None:
    assert torch.equal(begin(JSCC, torch.ones(1), noise(1)), JSCC + KAPPA * noise(1))
    assert torch.equal(begin(JSCC, -torch.ones(1), noise(1)), noise(1))


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_step_to_the_end_gives_the_estimate(sign: float) -> None:
    level = sign * torch.full((1,), 0.7)
    result = advance(noise(1), PICTURE, level, 0 * level, noise(2))
    assert torch.allclose(result, PICTURE, atol=1e-6)


def test_a_batch_may_mix_both_starts() -> None:
    x, level, following = torch.cat([noise(1), noise(2)]), torch.tensor([0.8, -0.8]), torch.tensor([0.3, -0.3])
    both = advance(x, PICTURE.expand(2, -1, -1, -1), level, following, torch.cat([noise(3), noise(4)]))
    for k in range(2):
        alone = advance(x[k : k + 1], PICTURE, level[k : k + 1], following[k : k + 1], noise(3 + k))
        assert torch.equal(both[k : k + 1], alone)


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("steps", range(1, 9))
def test_a_perfect_denoiser_gives_the_picture_in_any_number_of_steps(steps: int, start: Start) -> None:
    seen: list[float] = []

    def denoise(x: torch.Tensor, level: torch.Tensor) -> torch.Tensor:
        # What arrives at every step has the mean and the deviation of the forward process at its level.
        u = float(level)
        mean, deviation = (0.5 - u**2, KAPPA * u) if start == "jscc" else ((1 + u) * 0.5, -u)
        assert float(x.mean()) == pytest.approx(mean, abs=0.02)
        assert float(x.std()) == pytest.approx(deviation, rel=0.05)
        seen.append(abs(u))
        return PICTURE

    generator = torch.Generator().manual_seed(2)
    result = sample(denoise, JSCC, steps, lambda: torch.randn(SHAPE, generator=generator), start)
    assert torch.allclose(result, PICTURE, atol=1e-5)
    assert seen == pytest.approx(schedule(steps)[:-1])


@pytest.mark.parametrize("steps", [-1, 0, 9])
def test_other_numbers_of_steps_are_refused(steps: int) -> None:
    with pytest.raises(ValueError, match="1 to 8"):
        schedule(steps)
