# SPDX-License-Identifier: MIT
"""PSNR inside and outside of a region of interest."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.evaluation.pixels import PEAK
from lrisc_sdr.types import ByteArray

BoolArray = NDArray[np.bool_]


def psnr_by_region_db(source: ByteArray, picture: ByteArray, region: BoolArray) -> tuple[float | None, float | None]:
    """PSNR over the pixels inside and over those outside `[dB]`.

    None where there are no such pixels, infinite where they are equal.

    Args:
        source, picture: u8 `[H, W, 3]`.
        region: bool `[H, W]`, true inside (`ValueError` where the shapes differ).
    """
    if source.shape != picture.shape or region.shape != source.shape[:2]:
        raise ValueError(f"a region {list(region.shape)} does not belong to pictures {list(source.shape)}")
    squares = np.square(source.astype(np.float32) - picture).mean(axis=2, dtype=np.float64)
    return _psnr_db(squares[region]), _psnr_db(squares[~region])


def _psnr_db(squares: NDArray[np.float64]) -> float | None:
    if not squares.size:
        return None
    mean = float(squares.mean())
    return math.inf if mean == 0 else 10 * math.log10(PEAK**2 / mean)


def check_edges(edges: tuple[float, ...]) -> None:
    """Raise `ConfigurationError` where these are not the edges of a rectangle, as `box` takes them."""
    inside = len(edges) == 4 and all(0.0 <= edge <= 1.0 for edge in edges)
    if not (inside and edges[0] < edges[2] and edges[1] < edges[3]):
        raise ConfigurationError("a region is top, left, bottom, right as fractions of the picture, from 0 to 1")


def box(height: int, width: int, edges: tuple[float, ...]) -> BoolArray:
    """A rectangle, bool `[H, W]`: top, left, bottom and right as fractions of the picture."""
    top, bottom = (round(edge * height) for edge in (edges[0], edges[2]))
    left, right = (round(edge * width) for edge in (edges[1], edges[3]))
    region = np.zeros((height, width), dtype=np.bool_)
    region[top:bottom, left:right] = True
    return region
