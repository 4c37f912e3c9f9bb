# SPDX-License-Identifier: MIT
"""Networks in parts: the same values as the whole picture at once, and margins that are wide enough and no more."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from lrisc_sdr.codec.network import CodecConfig, CodecNetwork
from lrisc_sdr.codec.tiled import cut, over_tiles, receptive_margin
from lrisc_sdr.diffusion.denoiser import Denoiser, DenoiserConfig
from lrisc_sdr.tiles import Tile

HEIGHT, WIDTH = 400, 336
BLOCKS = (1, 2, 1)


def random(module: torch.nn.Module) -> torch.nn.Module:
    """No weight at zero: what a network does not use yet, it must not hide."""
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return module.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def denoise() -> tuple[Callable[[Tile], tuple[Tensor, ...]], int]:
    torch.manual_seed(1)
    network = Denoiser(DenoiserConfig(channels=(8, 8, 12), blocks=BLOCKS, guides=(4, 4, 4)))
    random(network)
    x, jscc = torch.randn(2, 3, HEIGHT, WIDTH), torch.randn(2, 3, HEIGHT, WIDTH)
    guides = [torch.randn(2, 4, HEIGHT // stride, WIDTH // stride) for stride in (4, 8, 16)]
    level, scalars = torch.tensor([1.0, 0.3]), torch.randn(2, 2)

    def part(tile: Tile) -> tuple[Tensor, ...]:
        f4, f8, f16 = (cut(maps, tile, stride) for maps, stride in zip(guides, (4, 8, 16), strict=True))
        return (network(cut(x, tile), cut(jscc, tile), (f4, f8, f16), level, scalars),)

    return part, network.margin


def test_the_denoiser_in_parts(denoise: tuple[Callable[[Tile], tuple[Tensor, ...]], int]) -> None:
    part, margin = denoise
    (whole,) = over_tiles(part, HEIGHT, WIDTH, margin)
    (parts,) = over_tiles(part, HEIGHT, WIDTH, margin, core=128, whole_pixels=0)
    assert torch.allclose(parts, whole, atol=1e-4)


def test_a_margin_too_narrow_shows(denoise: tuple[Callable[[Tile], tuple[Tensor, ...]], int]) -> None:
    part, margin = denoise
    (whole,) = over_tiles(part, HEIGHT, WIDTH, margin)
    (parts,) = over_tiles(part, HEIGHT, WIDTH, 0, core=128, whole_pixels=0)
    assert not torch.allclose(parts, whole, atol=1e-4)


def test_the_codec_in_parts() -> None:
    torch.manual_seed(2)
    network = CodecNetwork(CodecConfig(channels=(8, 8, 12), blocks=BLOCKS, latents=6))
    random(network)
    rows, columns = HEIGHT // 16, WIDTH // 16
    dimensions, noise_var = torch.randn(1, 128, rows, columns), torch.rand(1, 128, rows, columns)
    mask = (torch.rand(1, 128, rows, columns) < 0.5).float()
    state = network.rx_state(torch.randn(1, 2))

    def reconstruct(**parts: int) -> list[Tensor]:
        picture, features = network.reconstruct(dimensions, noise_var, mask, state, **parts)
        return [picture, *features]

    whole, parts = reconstruct(), reconstruct(core=128, whole_pixels=0)
    shapes = [(1, c, HEIGHT // s, WIDTH // s) for c, s in ((3, 1), (8, 4), (8, 8), (12, 16))]
    assert [tuple(maps.shape) for maps in whole] == shapes
    for one, other in zip(whole, parts, strict=True):
        assert torch.allclose(one, other, atol=1e-4)


def test_a_margin_is_of_whole_patches() -> None:
    assert receptive_margin((0, 0, 0)) == 32
    assert receptive_margin((1, 2, 4)) == 112
