# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("gnuradio")
pytest.importorskip("gnuradio.grc")

from gnuradio import gr

from lrisc_sdr.blocks import graphs
from lrisc_sdr.errors import ConfigurationError, ProcessFailed

FOLDER = graphs.folder()
BLOCK_FILES = sorted(graphs.BLOCK_FILES.glob("*.block.yml"))


def wiring(source: str) -> list[str]:
    """The lines that make and connect the blocks: the same whichever GNU Radio generated them."""
    return sorted(re.findall(r"^ +(self\.\w+ = lrisc\..*|self\.(?:msg_)?connect\(.*)$", source, flags=re.MULTILINE))


@pytest.mark.parametrize("name", graphs.ALL_GRAPHS)
def test_grcc_makes_the_python_that_is_kept_beside_a_graph(name: str, tmp_path: Path) -> None:
    made = graphs.compile_graph(FOLDER / f"{name}.grc", tmp_path).read_text(encoding="utf-8")
    kept = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    assert len(wiring(kept)) >= 4
    assert wiring(made) == wiring(kept)
    if f"# GNU Radio version: {gr.version()}\n" in kept:
        assert made == kept


def test_every_graph_is_known() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.grc")) == sorted(graphs.ALL_GRAPHS)


def test_a_graph_with_a_fault_is_refused_with_the_reason(tmp_path: Path) -> None:
    broken = tmp_path / "loopback.grc"
    broken.write_text(
        (FOLDER / "loopback.grc").read_text(encoding="utf-8").replace("id: lrisc_receiver", "id: lrisc_x")
    )
    with pytest.raises(ProcessFailed, match="Port is not connected"):
        graphs.compile_graph(broken, tmp_path)


def test_an_unknown_graph_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="loopback"):
        graphs.load("loopbak")
