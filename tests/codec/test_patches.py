# SPDX-License-Identifier: MIT
"""The linear code of patches undoes itself, and its power is where Lee and Petersen put it."""

from __future__ import annotations

import pytest
import torch

from lrisc_sdr.codec.patches import PATCH, PrincipalComponents


@pytest.fixture(scope="module")
def pictures() -> torch.Tensor:
    """Random walks over the columns: neighbouring pixels are alike."""
    steps = torch.randn(20, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    return (128 + 8 * steps.cumsum(dim=3)).clamp(0, 255).byte()


def test_all_components_give_the_picture_back(pictures: torch.Tensor) -> None:
    components = PrincipalComponents.of(pictures)
    count = 3 * PATCH**2
    analysis = torch.nn.Conv2d(3, count, PATCH, stride=PATCH)
    synthesis = torch.nn.ConvTranspose2d(count, 3, PATCH, stride=PATCH)
    components.start(analysis, synthesis, torch.linspace(0.5, 2, count, dtype=torch.float64))
    x = pictures[:2].float() / 127.5 - 1
    mean = components.mean.view(3, -1)
    # The synthesis has one mean a colour, the patches one a pixel: they differ by the mean patch's own texture.
    texture = (mean - mean.mean(dim=1, keepdim=True)).view(3, PATCH, PATCH).repeat(1, 4, 4).float()
    assert torch.allclose(synthesis(analysis(x)) + texture, x, atol=1e-3)


def test_power_is_in_proportion_to_deviation(pictures: torch.Tensor) -> None:
    components = PrincipalComponents.of(pictures)
    power = (components.analog_gain(32) * components.deviation).square()
    assert torch.allclose(power / components.deviation, power[0] / components.deviation[0])
    assert float(power[:32].mean()) == pytest.approx(0.5)
    assert bool((components.deviation.diff() <= 0).all())
