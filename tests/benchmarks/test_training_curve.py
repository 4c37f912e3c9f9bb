# SPDX-License-Identifier: MIT
"""The curve of a training: runs that followed each other, and errors as PSNR."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.training_curve import curves


def logged(run: Path, *rows: dict[str, float]) -> Path:
    (run / "diffusion").mkdir(parents=True)
    (run / "diffusion" / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return run


def test_runs_are_joined_and_errors_are_decibels(tmp_path: Path) -> None:
    first = logged(tmp_path / "a", {"step": 100, "mse": 0.01}, {"step": 100, "held_back_mse_jscc": 0.001})
    second = logged(tmp_path / "b", {"step": 50, "mse": 0.1, "lpips_vgg": 0.4, "seconds": 3.0})
    error, distance, limit = curves([first, second])
    assert (error.panel, error.name, error.x) == ("PSNR", "training", [100, 150])
    assert error.y == pytest.approx([20.0, 10.0])
    assert (distance.x, distance.y) == ([150], [0.4])
    assert (limit.kind, limit.y) == ("limit", pytest.approx([30.0]))
