# SPDX-License-Identifier: GPL-3.0-or-later
"""What Companion is started with."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lrisc_sdr.blocks import companion
from lrisc_sdr.blocks.graphs import ALL_GRAPHS
from lrisc_sdr.errors import InputError


def test_the_blocks_are_found_beside_those_that_the_user_has(tmp_path: Path) -> None:
    found = companion.environment({"GRC_BLOCKS_PATH": str(tmp_path)})
    assert found["GRC_BLOCKS_PATH"].split(os.pathsep) == [str(tmp_path), str(companion.BLOCK_FILES)]
    assert companion.environment(found) == found


def test_a_graph_is_found_by_name_or_by_path(tmp_path: Path) -> None:
    own = tmp_path / "own.grc"
    own.write_text("options: {}\n")
    assert companion.graph_file(str(own)) == own
    assert all(companion.graph_file(name).is_file() for name in ALL_GRAPHS)
    with pytest.raises(InputError, match="loopback"):
        companion.graph_file(str(tmp_path / "none.grc"))
