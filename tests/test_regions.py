# SPDX-License-Identifier: MIT
"""Regions of interest by box, polygon and file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrisc_sdr.errors import ConfigurationError, InvalidPicture, UsageError
from lrisc_sdr.pictures import save_png
from lrisc_sdr.regions import Region


@given(st.integers(0, 39), st.integers(0, 29), st.integers(1, 60), st.integers(1, 60))
def test_a_box_is_its_pixels_cut_at_the_edges(x: int, y: int, width: int, height: int) -> None:
    expected = np.zeros((30, 40), dtype=bool)
    expected[y : y + height, x : x + width] = True
    assert np.array_equal(Region.parse(f"box:{x},{y},{width},{height}").mask(30, 40), expected)


def test_a_polygon_is_filled() -> None:
    mask = Region.parse("polygon:10,10,50,10,10,50").mask(64, 80)
    assert mask[12, 12]
    assert not mask[45, 45]
    assert mask.sum() == pytest.approx(40 * 40 / 2, rel=0.1)


def test_a_file_is_white_inside(tmp_path: Path) -> None:
    drawn = np.zeros((40, 60, 3), dtype=np.uint8)
    drawn[10:20, 30:50] = 255
    save_png(tmp_path / "mask.png", drawn)
    region = Region.parse(f"file:{tmp_path / 'mask.png'}")
    assert np.array_equal(region.mask(40, 60), drawn[..., 0] > 0)
    with pytest.raises(ConfigurationError, match="60×40 pixels for a picture of 64×40"):
        region.mask(40, 64)


@pytest.mark.parametrize(
    "text", ["", "box", "box:1,2,3", "box:1,2,0,4", "box:a,b,c,d", "polygon:1,2,3,4", "polygon:1,2,3,4,5", "file:",
             "ring:1,2,3", "box:nan,0,4,4", "box:0,0,inf,4"],
)  # fmt: skip
def test_what_is_no_region_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(UsageError, match="box:X,Y,WIDTH,HEIGHT"):
        Region.parse(text)


def test_a_region_beside_the_picture_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="nothing of it"):
        Region.parse("box:100,100,5,5").mask(64, 64)
    with pytest.raises(InvalidPicture, match="no such file"):
        Region.parse(f"file:{tmp_path / 'none.png'}").mask(64, 64)
