# SPDX-License-Identifier: MIT
"""Metrics from the pixels alone: PSNR and MS-SSIM."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import correlate1d

from lrisc_sdr.types import ByteArray

PEAK = 255.0
# Wang, Simoncelli & Bovik, "Multi-scale structural similarity for image quality assessment", Asilomar 2003.
SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
C1 = (0.01 * PEAK) ** 2
C2 = (0.03 * PEAK) ** 2
RADIUS = 5
_OFFSETS = np.arange(-RADIUS, RADIUS + 1)
WINDOW = np.exp(-(_OFFSETS**2) / (2 * 1.5**2)) / np.exp(-(_OFFSETS**2) / (2 * 1.5**2)).sum()
STRIP_ROWS = 256

Array = NDArray[np.float64]


def psnr_db(x: ByteArray, y: ByteArray) -> float:
    """Peak signal-to-noise ratio 10·log₁₀(255² / mean (x − y)²) `[dB]`; infinite for equal pictures.

    Args:
        x, y: u8 `[H, W, 3]`, of one shape (`ValueError` otherwise).
    """
    _check(x, y)
    # Row by row: the squares of a 4096×4096 picture as f64 at once would take 400 MB.
    squares = sum(float(np.square(a.astype(np.float64) - b).sum()) for a, b in zip(x, y, strict=True))
    return math.inf if squares == 0 else 10 * math.log10(PEAK**2 * x.size / squares)


def scales(height: int, width: int) -> int:
    """Scales of MS-SSIM, 1 to 5, at which an 11×11 window fits into a picture: five from a short side of 161 pixels."""
    fitting = (m for m in range(len(SCALE_WEIGHTS), 0, -1) if min(height, width) > 2 * RADIUS * 2 ** (m - 1))
    return next(fitting, 1)


def ms_ssim(x: ByteArray, y: ByteArray) -> float:
    """Multi-scale structural similarity, the mean over R, G and B; 1 is equal.

        MS-SSIM = Π_m max(cs_m, 0)^{w_m} · max(l_M cs_M, 0)^{w_M}

    with an 11×11 Gaussian window of σ 1.5 where it fits wholly, and 2×2 means between the scales, odd edges padded with
    zeros: the values of the PyTorch package `pytorch-msssim`. Pictures too small for five scales are measured at fewer,
    with the weights of those scaled to sum to 1 (see `scales`); such values do not compare with those of five scales.

    Args:
        x, y: u8 `[H, W, 3]`, of one shape, at least 11×11 (`ValueError` otherwise).
    """
    _check(x, y)
    if min(x.shape[:2]) <= 2 * RADIUS:
        raise ValueError("MS-SSIM needs at least 11×11 pixels")
    weights = np.array(SCALE_WEIGHTS[: scales(*x.shape[:2])])
    weights /= weights.sum()
    return float(np.mean([_channel(x[..., c], y[..., c], weights) for c in range(x.shape[2])]))


def _channel(x: ByteArray, y: ByteArray, weights: Array) -> float:
    a, b = x.astype(np.float64), y.astype(np.float64)
    product = 1.0
    for scale, weight in enumerate(weights):
        if scale:
            a, b = _halve(a), _halve(b)
        ssim, contrast = _similarity(a, b)
        product *= max(ssim if scale == len(weights) - 1 else contrast, 0.0) ** weight
    return product


def _similarity(x: Array, y: Array) -> tuple[float, float]:
    """Means over all positions of SSIM and of its contrast-structure factor, in strips of bounded memory."""
    ssim = contrast = 0.0
    rows, columns = x.shape[0] - 2 * RADIUS, x.shape[1] - 2 * RADIUS
    for first in range(0, rows, STRIP_ROWS):
        part = slice(first, min(first + STRIP_ROWS, rows) + 2 * RADIUS)
        a, b = x[part], y[part]
        mean_a, mean_b = _blur(a), _blur(b)
        var_a, var_b, cov = _blur(a * a) - mean_a**2, _blur(b * b) - mean_b**2, _blur(a * b) - mean_a * mean_b
        cs = (2 * cov + C2) / (var_a + var_b + C2)
        contrast += float(cs.sum())
        ssim += float((cs * (2 * mean_a * mean_b + C1) / (mean_a**2 + mean_b**2 + C1)).sum())
    return ssim / (rows * columns), contrast / (rows * columns)


def _blur(x: Array) -> Array:
    """The Gaussian window wherever it fits wholly: `[h, w]` to `[h − 10, w − 10]`."""
    vertical = correlate1d(x, WINDOW, axis=0)[RADIUS:-RADIUS]
    blurred: Array = correlate1d(vertical, WINDOW, axis=1)[:, RADIUS:-RADIUS]
    return blurred


def _halve(x: Array) -> Array:
    """2×2 means; an odd side is first padded with one zero at both its ends."""
    rows, columns = (n % 2 for n in x.shape)
    padded = np.pad(x, ((rows, rows), (columns, columns)))
    even = padded[: padded.shape[0] // 2 * 2, : padded.shape[1] // 2 * 2]
    means: Array = (even[0::2, 0::2] + even[0::2, 1::2] + even[1::2, 0::2] + even[1::2, 1::2]) / 4
    return means


def _check(x: ByteArray, y: ByteArray) -> None:
    if x.shape != y.shape or x.ndim != 3:
        raise ValueError(f"two pictures [H, W, 3] of one shape, not {list(x.shape)} and {list(y.shape)}")
    if x.dtype != np.uint8 or y.dtype != np.uint8:
        raise ValueError(f"pictures of uint8, not {x.dtype} and {y.dtype}")
