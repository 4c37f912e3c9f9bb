# SPDX-License-Identifier: MIT
"""Kernel distance between two sets of pictures, on patches: are the received ones drawn as the true ones are?

    KID = E k(a, a′) + E k(b, b′) − 2 E k(a, b),    k(a, b) = (aᵀb / d + 1)³

over features a of patches of one set and b of the other, a ≠ a′, b ≠ b′: the unbiased estimate of the squared maximum
mean discrepancy (Bińkowski et al., "Demystifying MMD GANs", ICLR 2018). It looks at no pair of patches, and so punishes
a picture that is near its source everywhere and natural nowhere.

The features are AlexNet's last map, mean over the patch, and not Inception's: values compare with each other only. No
training here has seen AlexNet.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray

from lrisc_sdr.evaluation import weights
from lrisc_sdr.evaluation.backbones import ALEXNET, Backbone, max_pool_alexnet
from lrisc_sdr.types import ByteArray

PATCH_SIDE = 128
"""Edge of a patch `[pixels]`."""

_BATCH = 32


@torch.inference_mode()
def patch_features(picture: ByteArray) -> NDArray[np.float64]:
    """What the patches of a picture u8 `[H, W, 3]` look like to AlexNet, `[patches, 256]`, row by row.

    A remainder at the edges is left out.

    Raises:
        ConfigurationError: AlexNet's weights are nowhere to be had.
    """
    patches = torch.from_numpy(np.stack(list(_patches(picture)))).permute(0, 3, 1, 2).float() / 255
    maps = [_network()(part)[-1].mean(dim=(2, 3)) for part in torch.split(patches, _BATCH)]
    features: NDArray[np.float64] = torch.cat(maps).double().numpy()
    return features


@cache
def _network() -> Backbone:
    return Backbone(ALEXNET, max_pool_alexnet, weights.lpips("alex")).eval()


def kid(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """KID of features `[n, d]` and `[m, d]`; around 0, also below it, for two sets of the same kind.

    Raises:
        ValueError: a set has fewer than two patches.
    """
    if min(len(one), len(other)) < 2:
        raise ValueError("a set of fewer than two patches")
    return _within(one) + _within(other) - 2 * float(_kernel(one, other).mean())


def _kernel(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    similarity: NDArray[np.float64] = (one @ other.T / one.shape[1] + 1) ** 3
    return similarity


def _within(features: NDArray[np.float64]) -> float:
    kernel, count = _kernel(features, features), len(features)
    return float((kernel.sum() - np.trace(kernel)) / (count * (count - 1)))


def _patches(picture: ByteArray) -> Iterator[ByteArray]:
    height, width = picture.shape[:2]
    for top in range(0, height - PATCH_SIDE + 1, PATCH_SIDE):
        for left in range(0, width - PATCH_SIDE + 1, PATCH_SIDE):
            yield picture[top : top + PATCH_SIDE, left : left + PATCH_SIDE]
