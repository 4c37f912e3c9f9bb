# SPDX-License-Identifier: MIT
"""Networks over pictures of any size, in the memory of one part: the result is that of the whole picture at once.

Above a megapixel a network's maps would take hundreds of bytes a pixel. What is kept whole are its inputs and results.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor

from lrisc_sdr.tiles import Tile, tiles

CORE = 512
WHOLE_PIXELS = 1 << 20
"""Up to a megapixel the whole picture is one part: the margins would only cost time."""


def receptive_margin(blocks: Sequence[int]) -> int:
    """What a place sees to one side, in whole patches `[pixels]`: one place of its own resolution for every block.

    Args:
        blocks: how many blocks lie in a row at 1/4, 1/8 and 1/16 of the resolution, whatever their order.
    """
    seen = sum(stride * count for stride, count in zip((4, 8, 16), blocks, strict=True))
    # A patch more: changes of resolution mix the pixels of one patch.
    return (seen // 16 + 2) * 16


def over_tiles(
    compute: Callable[[Tile], Sequence[Tensor]],
    height: int,
    width: int,
    margin: int,
    core: int = CORE,
    whole_pixels: int = WHOLE_PIXELS,
) -> list[Tensor]:
    """Put results together from parts.

    Args:
        compute: maps of a part, `[b, c, h, w]` each at a resolution of its own, which divides that of the picture.
        height, width: the picture `[pixels]`, multiples of 16.
        margin: as `receptive_margin` gives it.
        core, whole_pixels: as `lrisc_sdr.tiles.tiles` takes them.

    Returns:
        The same maps of the whole picture.
    """
    results: list[Tensor] = []
    for tile in tiles(height, width, core, margin, whole_pixels):
        maps = compute(tile)
        strides = [(tile.rows.stop - tile.rows.start) // part.shape[2] for part in maps]
        if (tile.rows.last, tile.columns.last) == (height, width) and not results:
            return list(maps)
        if not results:
            results = [
                part.new_empty(*part.shape[:2], height // stride, width // stride)
                for part, stride in zip(maps, strides, strict=True)
            ]
        for whole, part, stride in zip(results, maps, strides, strict=True):
            rows, columns = (_places(span.first, span.last, stride) for span in (tile.rows, tile.columns))
            whole[..., rows, columns] = part[..., tile.rows.core(stride), tile.columns.core(stride)]
    return results


def cut(maps: Tensor, tile: Tile, stride: int = 1) -> Tensor:
    """A part of maps `[b, c, H / stride, W / stride]`, margin included."""
    rows, columns = (_places(span.start, span.stop, stride) for span in (tile.rows, tile.columns))
    return maps[..., rows, columns]


def _places(start: int, stop: int, stride: int) -> slice:
    return slice(start // stride, stop // stride)
