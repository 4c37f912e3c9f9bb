# SPDX-License-Identifier: MIT
"""PSNR and MS-SSIM: known values, edges, large pictures."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lrisc_sdr.evaluation import pixels
from lrisc_sdr.evaluation.pixels import ms_ssim, psnr_db, scales
from lrisc_sdr.types import ByteArray


def waves(height: int, width: int) -> tuple[ByteArray, ByteArray]:
    """A pattern and one like it."""
    y, x = np.mgrid[:height, :width]
    a = [127 + 120 * np.sin(x / 9 + c) * np.cos(y / 7) for c in range(3)]
    b = [120 + 110 * np.sin(x / 9 + c + 0.2) * np.cos(y / 7) + 10 * np.sin(x * y) for c in range(3)]
    return np.stack(a, -1).astype(np.uint8), np.stack(b, -1).astype(np.uint8)


def test_psnr_of_a_known_error() -> None:
    x = np.full((40, 50, 3), 100, dtype=np.uint8)
    assert psnr_db(x, x + np.uint8(5)) == pytest.approx(20 * math.log10(255 / 5), abs=1e-12)
    assert psnr_db(x + np.uint8(5), x) == psnr_db(x, x + np.uint8(5))  # no wrap-around of unsigned bytes
    assert psnr_db(x, x) == math.inf


def test_ms_ssim_has_the_reference_package_s_value() -> None:
    # pytorch_msssim.ms_ssim 1.0.0, data_range=255, in float64 (its window is float32)
    assert ms_ssim(*waves(181, 230)) == pytest.approx(0.9665597, abs=1e-5)


@pytest.mark.parametrize(
    ("side", "count"), [(32, 2), (40, 2), (41, 3), (80, 3), (81, 4), (160, 4), (161, 5), (4096, 5)]
)
def test_small_pictures_have_fewer_scales(side: int, count: int) -> None:
    assert scales(side, 2 * side) == scales(2 * side, side) == count
    if side < 4096:
        x, y = waves(side, side + 3)
        assert ms_ssim(x, x) == pytest.approx(1.0)
        assert 0.5 < ms_ssim(x, y) < 1.0


def test_ms_ssim_does_not_depend_on_the_strips(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = waves(211, 170)
    value = ms_ssim(x, y)
    monkeypatch.setattr(pixels, "STRIP_ROWS", 17)
    assert ms_ssim(x, y) == pytest.approx(value, rel=1e-12)


def test_more_noise_is_worse() -> None:
    x, _ = waves(170, 180)
    noise = np.random.default_rng(0).normal(size=x.shape)
    noisy = [np.clip(x + sigma * noise, 0, 255).astype(np.uint8) for sigma in (5, 15, 40)]
    for metric in (psnr_db, ms_ssim):
        values = [metric(x, y) for y in noisy]
        assert values == sorted(values, reverse=True)


def test_ms_ssim_of_a_negative_is_zero() -> None:
    x, _ = waves(170, 180)
    assert ms_ssim(x, 255 - x) == 0.0


@pytest.mark.parametrize("metric", [psnr_db, ms_ssim])
def test_other_shapes_and_types_are_refused(metric: object) -> None:
    x, y = waves(64, 64)
    assert callable(metric)
    with pytest.raises(ValueError, match="one shape"):
        metric(x, y[:-1])
    with pytest.raises(ValueError, match="one shape"):
        metric(x[..., 0], y[..., 0])
    with pytest.raises(ValueError, match="uint8"):
        metric(x, y.astype(np.float32))
