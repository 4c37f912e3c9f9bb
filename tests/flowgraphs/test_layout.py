# SPDX-License-Identifier: GPL-3.0-or-later
"""The graphs as they look in GNU Radio Companion: read from left to right, nothing over anything else."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

pytest.importorskip("gnuradio")
pytest.importorskip("gnuradio.grc")

from lrisc_sdr.blocks import graphs

from . import layout

GRAPHS = [pytest.param(graphs.folder() / f"{name}.grc", id=name) for name in graphs.ALL_GRAPHS]
# A window of 1,920 pixels with the list of blocks beside the graph.
WIDEST, HIGHEST = 1500, 800


@pytest.mark.parametrize("path", GRAPHS)
def test_no_two_blocks_lie_on_each_other(path: Path) -> None:
    graph = layout.read(path, graphs.BLOCK_FILES)
    found = [box for block in graph.blocks for box in layout.boxes(block)]
    assert len(found) > 5
    pairs = [(one.name, other.name) for one, other in itertools.combinations(found, 2) if one.overlaps(other)]
    assert not pairs
    assert max(box.right for box in found) <= WIDEST
    assert max(box.bottom for box in found) <= HIGHEST


@pytest.mark.parametrize("path", GRAPHS)
def test_samples_and_messages_flow_to_the_right(path: Path) -> None:
    graph = layout.read(path, graphs.BLOCK_FILES)
    assert graph.connections
    for connection in graph.connections:
        source, sink = connection.source_block, connection.sink_block
        if sink.key == "lrisc_radio_source":
            # What was received goes back into the recording that the source makes.
            assert connection.sink_port.dtype == "message", f"{source.name} → {sink.name}"
            continue
        (begin, *_), (end, *_) = layout.boxes(source), layout.boxes(sink)
        assert begin.right < end.left, f"{source.name} → {sink.name}"


@pytest.mark.parametrize("path", GRAPHS)
def test_a_graph_is_valid_and_says_what_it_is(path: Path) -> None:
    graph = layout.read(path, graphs.BLOCK_FILES)
    assert [f"{where}: {what}" for where, what in graph.iter_error_messages()] == []
    assert graph.get_option("id") == path.stem
    assert graph.get_option("title").startswith("LRISC ")
    assert len(graph.get_option("description")) > 20
    for block in graph.blocks:
        if block.key == "snippet":
            assert block.comment, block.name
        if block.key == "parameter":
            assert block.params["label"].get_value(), block.name
