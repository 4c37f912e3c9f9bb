# SPDX-License-Identifier: MIT
"""The measurement of the decoder: it decodes, counts what it decodes, and its plots have a style."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from benchmarks.decode import latency, plots, throughput
from benchmarks.decode.decoding import decode
from benchmarks.decode.devices import MODELS, devices
from benchmarks.effort import Effort
from benchmarks.tasks import Result, Task, Work
from lrisc_sdr.cli import main


def measure(steps: int, batch: int = 1) -> Result:
    return decode("cpu", 1, batch, steps, 64, 64, repeats=1, seed=0)


def test_every_step_costs_the_same_operations() -> None:
    none, one, two = (measure(steps)["operations"] for steps in (0, 1, 2))
    assert 0 < none < one
    assert two - one == one - none
    assert measure(1, batch=2)["operations"] == pytest.approx(2 * one)


def test_nothing_is_below_its_floor() -> None:
    result = measure(1)
    assert 0 < result["floor"] == pytest.approx(result["operations"] / result["rate"])


class Pretended(Work):
    """Gives results that no machine has."""

    def run(self, subject: str, tasks: list[Task], alone: bool = False) -> list[Result]:  # type: ignore[override]
        assert alone, "times are measured one after another"
        return [{"seconds": 0.5, "floor": 0.1, "operations": 1e9, "rate": 1e10} for _ in tasks]


def test_rows_and_curves() -> None:
    pytest.importorskip("matplotlib")
    one = latency.measure(Effort(), Pretended())
    assert all(row.value == pytest.approx(500) for row in one.rows)
    assert [row.met for row in one.rows if row.goal] == [True] * (len(devices()) > 1)
    many = throughput.measure(Effort(), Pretended())
    assert [row.value for row in many.rows] == [32.0] * len(devices()) * len(MODELS)
    assert {curve.plot for curve in (*one.curves, *many.curves)} == plots.PLOTS.keys()


def test_plots_are_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    curves = [asdict(curve) for curve in latency.measure(Effort(), Pretended()).curves]
    (written,) = plots.draw({"curves": curves}, tmp_path)
    assert 5_000 < written.stat().st_size < 150_000


def test_an_unknown_subject(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "decode", "--only", "latencies"]) == 2
    assert "did you mean 'latency'?" in capsys.readouterr().err
