# SPDX-License-Identifier: MIT
"""Feature maps of the metrics' networks for large pictures: memory is that of one part, hardly more than 768×768."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from lrisc_sdr import tiles as geometry
from lrisc_sdr.tiles import Tile

if TYPE_CHECKING:
    from torch import Tensor

CORE = 512
MARGIN = 128
"""VGG16's deepest map sees 106 pixels to each side of its centre with DISTS' pooling, AlexNet's 97."""

WHOLE_PIXELS = 768 * 768
"""Up to this many pixels the whole picture is one part: the margins would only cost time."""


def tiles(height: int, width: int, core: int = CORE, whole_pixels: int = WHOLE_PIXELS) -> Iterator[Tile]:
    """Parts of a picture with margins that suit every metric."""
    return geometry.tiles(height, width, core, MARGIN, whole_pixels)


def remembered(
    memory: dict[str, list[Tensor]] | None, name: str, tile: Tile, x: Tensor, compute: Callable[[], list[Tensor]]
) -> list[Tensor]:
    """Features of a part of `x` `[1, 3, H, W]`, computed once for a memory where the part is the whole picture.

    A memory belongs to one picture: who gives it with another gets the first one's features.
    """
    whole = (tile.rows.stop - tile.rows.start, tile.columns.stop - tile.columns.start) == tuple(x.shape[-2:])
    if memory is None or not whole:
        return compute()
    if name not in memory:
        memory[name] = compute()
    return memory[name]
