# SPDX-License-Identifier: MIT
"""A larger network begins as the smaller one's function, and what is new in it learns."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from lrisc_sdr.codec.network import CodecConfig, CodecNetwork
from lrisc_sdr.diffusion.denoiser import Denoiser, DenoiserConfig
from lrisc_sdr.training.growth import grown

SMALL = DenoiserConfig(channels=(6, 8, 10), blocks=(1, 1, 2), guides=(4, 6, 8))
LARGE = DenoiserConfig(channels=(8, 12, 18), blocks=(2, 3, 4), guides=(4, 6, 8))


def trained(config: DenoiserConfig) -> Denoiser:
    """A denoiser none of whose weights is zero, as after a training."""
    torch.manual_seed(0)
    denoiser = Denoiser(config)
    with torch.no_grad():
        for weight in denoiser.parameters():
            weight.add_(0.1 * torch.randn_like(weight))
    return denoiser


def estimate(denoiser: Denoiser) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    x, jscc = torch.randn(2, 2, 3, 32, 48, generator=generator)
    guides = (
        torch.randn(2, 4, 8, 12, generator=generator),
        torch.randn(2, 6, 4, 6, generator=generator),
        torch.randn(2, 8, 2, 3, generator=generator),
    )
    found: Tensor = denoiser(x, jscc, guides, torch.tensor([1.0, -0.3]), torch.randn(2, 2, generator=generator))
    return found


@pytest.mark.parametrize(
    "config",
    [LARGE, replace(SMALL, channels=(9, 8, 10)), replace(SMALL, blocks=(1, 1, 5)), SMALL],
    ids=["wider and deeper", "wider", "deeper", "as it is"],
)
def test_a_grown_denoiser_is_the_same_function(config: DenoiserConfig) -> None:
    small, large = trained(SMALL), trained(config)
    large.load_state_dict(grown(small.state_dict(), large))
    assert torch.allclose(estimate(small), estimate(large), atol=1e-5)


def test_what_is_new_learns_from_the_first_step() -> None:
    small, large = trained(SMALL), trained(LARGE)
    large.load_state_dict(grown(small.state_dict(), large))
    estimate(large).square().mean().backward()  # type: ignore[no-untyped-call]
    to_the_old = large.down8.mix.weight.grad
    block = large.middle.blocks[3].project.weight.grad
    assert to_the_old is not None
    assert block is not None
    # 6 old channels, of 2×2 places each.
    assert to_the_old[:8, 6 * 4 :].abs().min() > 0
    assert block.abs().max() > 0


def test_a_codec_grows_too() -> None:
    small = CodecNetwork(CodecConfig(channels=(6, 8, 10), blocks=(1, 1, 2), latents=5))
    large = CodecNetwork(CodecConfig(channels=(8, 12, 14), blocks=(2, 1, 3), latents=5, roi=True))
    with torch.no_grad():
        for weight in small.parameters():
            weight.add_(0.05 * torch.randn_like(weight))
    large.load_state_dict(grown(small.state_dict(), large))
    picture, state = torch.rand(1, 3, 32, 32) * 2 - 1, torch.randn(1, 32)
    mask = torch.ones(1, 128, 2, 2)
    pictures = []
    for network in (small.eval(), large.eval()):
        features, *_ = network.analyse(picture, state)
        sent = network.jscc_encoder(picture, features, mask, state)
        pictures.append(network.reconstruct(sent, torch.full_like(sent, 0.1), mask, state)[0])
    assert torch.allclose(pictures[0], pictures[1], atol=1e-5)


def test_the_networks_stay_as_they_were() -> None:
    small, large = trained(SMALL), trained(LARGE)
    before = {name: value.clone() for name, value in large.state_dict().items()}
    grown(small.state_dict(), large)
    assert all(torch.equal(value, before[name]) for name, value in large.state_dict().items())


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (replace(SMALL, channels=(6, 8, 9)), "does not fit"),
        (replace(SMALL, blocks=(1, 1, 1)), "no place for middle.blocks.1"),
    ],
    ids=["narrower", "shallower"],
)
def test_nothing_shrinks(config: DenoiserConfig, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        grown(trained(SMALL).state_dict(), trained(config))


def test_a_new_part_that_speaks_is_refused() -> None:
    weights = trained(SMALL).state_dict()
    del weights["guide8.weight"]
    with pytest.raises(ValueError, match=r"guide8\.weight is new"):
        grown(weights, trained(SMALL))
