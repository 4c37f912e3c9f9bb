# SPDX-License-Identifier: MIT
"""Regions of interest as training draws them: a box or an ellipse that covers a crop, part of it, or none of it."""

from __future__ import annotations

import torch
from torch import Tensor


def draw_regions(crops: int, height: int, width: int, generator: torch.Generator) -> Tensor:
    """f32 `[crops, 1, height, width]`, 1 inside, 0 outside.

    A crop stands for a part of a picture: a centre may lie outside it, and a region may be larger than it.
    """
    device = generator.device
    centre = 1.5 * torch.rand(crops, 2, 1, 1, generator=generator, device=device) - 0.25
    half = 0.1 + 0.7 * torch.rand(crops, 2, 1, 1, generator=generator, device=device)
    rows = ((torch.arange(height, device=device) + 0.5) / height)[:, None]
    columns = ((torch.arange(width, device=device) + 0.5) / width)[None, :]
    down, across = (rows - centre[:, 0]).abs() / half[:, 0], (columns - centre[:, 1]).abs() / half[:, 1]
    ellipse = torch.rand(crops, 1, 1, generator=generator, device=device) < 0.5
    inside = torch.where(ellipse, down.square() + across.square() < 1, torch.maximum(down, across) < 1)
    return inside[:, None].float()


def region_weights(regions: Tensor, weight: float, groups: int) -> Tensor:
    """1 + w·M of every pixel, over the mean of its group: where all of a picture is of interest, nothing is."""
    weights = 1 + weight * regions.reshape(groups, -1)
    return (weights / weights.mean(dim=1, keepdim=True)).view_as(regions)
