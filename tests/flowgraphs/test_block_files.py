# SPDX-License-Identifier: GPL-3.0-or-later
"""The blocks as GNU Radio Companion shows them: documentation, units, defaults, and what it refuses."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

pytest.importorskip("gnuradio")
pytest.importorskip("gnuradio.grc")

import yaml

from lrisc_sdr import blocks
from lrisc_sdr.blocks import graphs

from . import layout

FILES = sorted(graphs.BLOCK_FILES.glob("*.block.yml"))
COUNTS = {"Seed"}


def block_of(path: Path):
    graph = layout.platform(graphs.BLOCK_FILES).make_flow_graph()
    block = graph.new_block(path.name.removesuffix(".block.yml"))
    block.params["id"].set_value("one")
    graph.rewrite()
    graph.validate()
    return graph, block


def problems(graph, block) -> list[str]:
    graph.rewrite()
    graph.validate()
    return [what for where, what in block.iter_error_messages() if "Port is not connected" not in what]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_block_file_documents_every_parameter_and_names_its_unit(path: Path) -> None:
    block = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert block["category"] == "[LRISC]"
    assert block["label"].startswith("LRISC ")
    assert block["id"] == path.name.removesuffix(".block.yml")
    assert len(block["documentation"].split()) > 25
    for parameter in block["parameters"]:
        assert "default" in parameter, parameter["id"]
        name = parameter["label"].split(" (")[0]
        assert f"{name}:" in block["documentation"], name
        if parameter["dtype"] in ("real", "int") and name not in COUNTS:
            assert "(" in parameter["label"], f"{name} has no unit"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_block_is_valid_as_it_is_taken_from_the_list(path: Path) -> None:
    assert problems(*block_of(path)) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_parameters_are_those_of_the_block_in_python(path: Path) -> None:
    made = yaml.safe_load(path.read_text(encoding="utf-8"))
    name = made["templates"]["make"].split("(")[0].removeprefix("lrisc.")
    arguments = inspect.signature(getattr(blocks, name).__init__).parameters
    shown = [parameter["id"] for parameter in made["parameters"]]
    assert shown == [key for key in arguments if key in shown]
    needed = {key for key, argument in arguments.items() if argument.default is argument.empty} - {"self"}
    assert needed <= set(shown)


@pytest.mark.parametrize(
    ("block", "parameter", "value"),
    [
        ("transmitter", "gap_samples", "10"),
        ("transmitter", "pause_s", "-1"),
        ("channel", "seed", "-1"),
        ("capture_source", "to_s", "-2"),
        ("zmq_sink", "timeout_s", "0"),
        ("radio_sink", "air_time_s", "0"),
        ("radio_link", "longest_burst_s", "0"),
    ],
)
def test_companion_refuses_what_the_block_would(block: str, parameter: str, value: str) -> None:
    graph, made = block_of(graphs.BLOCK_FILES / f"lrisc_{block}.block.yml")
    made.params[parameter].set_value(value)
    (found,) = problems(graph, made)
    assert parameter in found
