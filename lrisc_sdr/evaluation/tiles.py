# SPDX-License-Identifier: MIT
"""Feature maps of a large picture, part by part, with the values that the whole picture at once would give.

A position of a feature map sees a bounded part of the picture. So the picture is cut into cores, each is given a margin
wider than any position sees, and of the margin's positions none is used:

    ┌───────────────┐
    │    margin     │   128 pixels: VGG16's deepest map sees 106 pixels to each side of its centre with DISTS' pooling,
    │   ┌───────┐   │   AlexNet's 97
    │   │ core  │   │   512 pixels: every stride divides it, so that positions of a part are positions of the whole
    │   └───────┘   │
    └───────────────┘

At the picture's border there is no margin: there the network pads, as it does for the whole picture. Memory is that of
one part, hardly more than 768×768, whatever the picture's size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

CORE = 512
MARGIN = 128
# Up to this many pixels the whole picture is one part: the margins would only cost time.
WHOLE_PIXELS = 768 * 768


@dataclass(frozen=True)
class Span:
    """One part along one axis, in pixels of the picture: `[start, stop)` is computed, `[first, last)` is its core."""

    start: int
    stop: int
    first: int
    last: int
    is_end: bool

    @property
    def computed(self) -> slice:
        """What to cut out of the picture."""
        return slice(self.start, self.stop)

    def core(self, stride: int) -> slice:
        """Positions of the core in the part's own feature map; the last part owns all that follow as well."""
        return slice((self.first - self.start) // stride, None if self.is_end else (self.last - self.start) // stride)


@dataclass(frozen=True)
class Tile:
    """One part of a picture."""

    rows: Span
    columns: Span


def tiles(height: int, width: int, core: int = CORE, whole_pixels: int = WHOLE_PIXELS) -> Iterator[Tile]:
    """Parts whose cores cover a picture once.

    Args:
        height, width: the picture `[pixels]`.
        core: edge of a core, a multiple of 16 `[pixels]`.
        whole_pixels: pictures up to this size stay in one part `[pixels]`.
    """
    if height * width <= whole_pixels:
        core = max(height, width)
    for rows in _spans(height, core):
        for columns in _spans(width, core):
            yield Tile(rows, columns)


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


def _spans(length: int, core: int) -> Iterator[Span]:
    # A remainder narrower than the margin goes with the core before it: a network needs some pixels to work on.
    starts = [first for first in range(0, length, core) if first == 0 or length - first >= MARGIN]
    for first, following in zip(starts, [*starts[1:], None], strict=True):
        last = length if following is None else following
        yield Span(max(0, first - MARGIN), min(length, last + MARGIN), first, last, following is None)
