# SPDX-License-Identifier: GPL-3.0-or-later
"""How much room a graph's blocks take in GNU Radio Companion, without a display.

Companion measures its texts with the fonts of the desktop; here a letter of a title has 6.8 pixels, one of a parameter
5.4 and one of a port 7, which is what DejaVu Sans takes, and a line 15.5.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

PADDING, LINE = 14.0, 15.5
TITLE, PARAMETER, PORT, COMMENT = 6.8, 5.4, 7.0, 5.8
PORT_HEIGHT, PORT_DISTANCE, PORT_BORDER = 17.0, 32.0, 8.0
SHOWN_LETTERS = 23


@dataclass(frozen=True)
class Box:
    """A block with its ports, and the comment beneath it, in pixels."""

    name: str
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Box) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


@cache
def platform(blocks: Path) -> Any:
    """GNU Radio's own reader of graphs, with the block files of a folder."""
    from gnuradio import gr
    from gnuradio.grc.core.platform import Platform

    before = os.environ.get("GRC_BLOCKS_PATH")
    os.environ["GRC_BLOCKS_PATH"] = str(blocks)
    try:
        version = (gr.major_version(), gr.api_version(), gr.minor_version())
        made = Platform(name="tests", prefs=gr.prefs(), version=gr.version(), version_parts=version)
        made.build_library()
    finally:
        if before is None:
            del os.environ["GRC_BLOCKS_PATH"]
        else:
            os.environ["GRC_BLOCKS_PATH"] = before
    return made


def read(graph: Path, blocks: Path) -> Any:
    """A graph as GNU Radio's core reads it, checked."""
    found = platform(blocks).make_flow_graph(str(graph))
    found.rewrite()
    found.validate()
    return found


def boxes(block: Any) -> list[Box]:
    """The block's room, and that of its comment."""
    x, y = block.states["coordinate"]
    shown = [parameter for parameter in block.params.values() if parameter.hide not in ("all", "part")]
    lines = [f"{parameter.name}: {str(parameter.get_value())[:SHOWN_LETTERS]}" for parameter in shown]
    width = PADDING + max([TITLE * len(block.label), *(PARAMETER * len(line) for line in lines)])
    most = max(len(block.active_sinks), len(block.active_sources))
    height = max(PADDING + LINE * (1 + len(lines)), 2 * PORT_BORDER + most * PORT_DISTANCE - PORT_HEIGHT)
    left = x - _ports(block.active_sinks)
    found = [Box(block.name, left, y, x + width + _ports(block.active_sources), y + height)]
    if block.comment:
        comment = block.comment.splitlines()
        top = y + height + PADDING / 2
        right = x + COMMENT * max(len(line) for line in comment)
        found.append(Box(f"comment of {block.name}", x, top, right, top + LINE * len(comment)))
    return found


def _ports(ports: Any) -> float:
    return max((PORT * len(port.name) for port in ports), default=0.0)
