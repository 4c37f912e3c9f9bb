# SPDX-License-Identifier: MIT
"""Regions of interest in training: drawn of every kind, weighed within their group, and learned from silence."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import Tensor

from lrisc_sdr.codec.network import CodecConfig
from lrisc_sdr.training.codec_stage import CodecStage
from lrisc_sdr.training.regions import draw_regions, region_weights
from lrisc_sdr.training.transmission import LinkConfig, send

CONFIG = CodecConfig(channels=(8, 8, 12), blocks=(1, 1, 1), jscc_blocks=1, latents=6, roi=True)
EVERY = LinkConfig(roi=1.0)


def stage(pictures: Tensor, link: LinkConfig, config: CodecConfig = CONFIG) -> CodecStage:
    torch.manual_seed(5)
    made = CodecStage(config, link)
    made.start(pictures)
    return made.eval()


def test_crops_lie_inside_outside_and_across() -> None:
    shares = draw_regions(200, 32, 48, torch.Generator().manual_seed(1)).mean(dim=(1, 2, 3))
    assert {0.0, 1.0} <= set(shares.tolist())
    assert ((shares > 0) & (shares < 1)).sum() > 50


def test_weights_have_mean_one_in_every_group() -> None:
    regions = torch.zeros(4, 1, 8, 8)
    regions[2:, :, :, :4] = 1
    weights = region_weights(regions, 3.0, 2)
    assert torch.equal(weights[:2], torch.ones(2, 1, 8, 8))
    assert weights[2:].mean() == pytest.approx(1)
    assert weights[2, 0, 0, 0] == pytest.approx(4 * weights[2, 0, 0, 7])


def test_rates_favour_what_is_inside(pictures: Tensor) -> None:
    crops = pictures.float() / 127.5 - 1
    sent = send(stage(pictures, EVERY).network, crops, EVERY, torch.Generator().manual_seed(4))
    inside = torch.nn.functional.avg_pool2d(sent.regions, 32) > 0.9
    outside = torch.nn.functional.avg_pool2d(sent.regions, 32) < 0.1
    rates = torch.nn.functional.avg_pool2d(sent.mask.sum(dim=1, keepdim=True), 2)
    assert rates[inside].mean() > 1.5 * rates[outside].mean()


def test_the_weighting_of_features_starts_silent_and_learns(pictures: Tensor) -> None:
    crops = pictures[:4].float() / 127.5 - 1
    losses = []
    for config in (CONFIG, dataclasses.replace(CONFIG, roi=False)):
        made = stage(pictures, EVERY, config)
        losses.append(made(crops, torch.Generator().manual_seed(4))[0])
    assert torch.equal(losses[0], losses[1])
    made = stage(pictures, EVERY)
    # The path from the features to the symbols is silent at the start, too.
    torch.nn.init.normal_(made.network.jscc_encoder.project.weight, std=0.1)
    made(crops, torch.Generator().manual_seed(4))[0].backward()
    gain = made.network.roi_gain
    assert gain is not None
    assert gain.grad is not None
    assert gain.grad.abs().max() > 0


def test_a_share_of_none_draws_no_region(pictures: Tensor) -> None:
    crops = pictures[:4].float() / 127.5 - 1
    sent = send(stage(pictures, EVERY).network, crops, LinkConfig(roi=0.0), torch.Generator().manual_seed(4))
    assert not sent.regions.any()
