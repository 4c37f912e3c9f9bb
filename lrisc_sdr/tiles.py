# SPDX-License-Identifier: MIT
"""A large picture part by part, with the values that the whole picture at once would give.

A convolutional network's output at one place sees a bounded part of the picture. So the picture is cut into cores, each
is given a margin at least as wide as any place sees, and of the margin's places none is used:

    ┌───────────────┐
    │    margin     │
    │   ┌───────┐   │
    │   │ core  │   │   a multiple of every stride, so that places of a part are places of the whole
    │   └───────┘   │
    └───────────────┘

At the picture's border there is no margin: there the network pads, as it does for the whole picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


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
        """Places of the core in the part's own feature map; the last part owns all that follow as well."""
        return slice((self.first - self.start) // stride, None if self.is_end else (self.last - self.start) // stride)


@dataclass(frozen=True)
class Tile:
    """One part of a picture."""

    rows: Span
    columns: Span


def tiles(height: int, width: int, core: int, margin: int, whole_pixels: int) -> Iterator[Tile]:
    """Parts whose cores cover a picture once.

    Args:
        height, width: the picture `[pixels]`.
        core: edge of a core, a multiple of every stride `[pixels]`.
        margin: likewise, and at least what a place sees to one side `[pixels]`.
        whole_pixels: pictures up to this size stay in one part `[pixels]`.
    """
    if height * width <= whole_pixels:
        core = max(height, width)
    for rows in _spans(height, core, margin):
        for columns in _spans(width, core, margin):
            yield Tile(rows, columns)


def _spans(length: int, core: int, margin: int) -> Iterator[Span]:
    # A remainder narrower than the margin goes with the core before it: a network needs some pixels to work on.
    starts = [first for first in range(0, length, core) if first == 0 or length - first >= margin]
    for first, following in zip(starts, [*starts[1:], None], strict=True):
        last = length if following is None else following
        yield Span(max(0, first - margin), min(length, last + margin), first, last, following is None)
