# SPDX-License-Identifier: MIT
"""Regions of interest as a person names them: a box, a polygon, or a picture that is white inside.

box:X,Y,WIDTH,HEIGHT       pixels, from the upper left corner
polygon:X,Y,X,Y,X,Y,…      corners in pixels
file:MASK.png              of the picture's size; inside is what is brighter than half
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from lrisc_sdr import pictures
from lrisc_sdr.errors import ConfigurationError, UsageError

BoolArray = NDArray[np.bool_]

FORMS = "box:X,Y,WIDTH,HEIGHT, polygon:X,Y,X,Y,X,Y,… or file:MASK.png"
_BRIGHT = 128


@dataclass(frozen=True)
class Region:
    """A region that does not know its picture yet.

    Attributes:
        text: as it was named, for messages.
        corners: of a polygon `[pixels]`; empty where `file` is given.
        file: a picture of the region, or None.
    """

    text: str
    corners: tuple[tuple[float, float], ...]
    file: Path | None

    @classmethod
    def parse(cls, text: str) -> Region:
        """Read one of `FORMS`.

        Raises:
            UsageError: it is none of them.
        """
        kind, separator, rest = text.partition(":")
        if separator and kind == "file" and rest:
            return cls(text, (), Path(rest))
        try:
            numbers = [float(word) for word in rest.split(",")]
        except ValueError:
            numbers = []
        if all(np.isfinite(numbers)):
            if kind == "box" and len(numbers) == 4 and min(numbers[2:]) >= 1:
                x, y, width, height = numbers
                # A polygon holds the pixels on its edges, too.
                right, bottom = x + width - 1, y + height - 1
                return cls(text, ((x, y), (right, y), (right, bottom), (x, bottom)), None)
            if kind == "polygon" and len(numbers) >= 6 and len(numbers) % 2 == 0:
                return cls(text, tuple(zip(numbers[0::2], numbers[1::2], strict=True)), None)
        raise UsageError(f"--roi {text}: give {FORMS}")

    def mask(self, height: int, width: int) -> BoolArray:
        """The region in a picture of that size, bool `[height, width]`.

        Raises:
            InvalidPicture: the file is no picture.
            ConfigurationError: the file has another size, or nothing of the region lies in the picture.
        """
        if self.file is not None:
            drawn = pictures.load(self.file).max(axis=2)
            if drawn.shape != (height, width):
                size = f"{drawn.shape[1]}×{drawn.shape[0]}"
                raise ConfigurationError(
                    f"--roi {self.text}: a mask of {size} pixels for a picture of {width}×{height}"
                )
        else:
            canvas = Image.new("L", (width, height))
            ImageDraw.Draw(canvas).polygon(self.corners, fill=255)
            drawn = np.asarray(canvas)
        mask: BoolArray = drawn >= _BRIGHT
        if not mask.any():
            raise ConfigurationError(f"--roi {self.text}: nothing of it lies in the picture of {width}×{height} pixels")
        return mask
