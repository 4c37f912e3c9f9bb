# SPDX-License-Identifier: MIT
"""Processes of one training: each with its own share, all with the same weights."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.training.worker import Worker, worker

REPOSITORY = Path(__file__).resolve().parents[2]

AVERAGES = """
import sys
import torch
from lrisc_sdr.errors import ProcessFailed
from lrisc_sdr.training.worker import worker

with worker("cpu") as process:
    rank = float(process.rank)
    first, second = torch.full((2, 2), rank), torch.full((3,), 10 * rank)
    process.average([first, second])
    assert process.size == 2
    assert first.tolist() == [[0.5, 0.5]] * 2 and second.tolist() == [5.0] * 3
    shared = torch.tensor([rank + 7])
    process.share([shared])
    assert shared.item() == 7
    process.agree({"same": shared})
    try:
        process.agree({"different": torch.tensor([rank])})
    except ProcessFailed:
        open(f"{sys.argv[1]}/{process.rank}", "w").close()
"""

RECIPE = """
name = "tiny"
[deepjscc]
channels = [8, 8, 12]
blocks = 1
[loss]
classifier_weight = 0.0
vgg_weight = 0.0
[training]
steps = 4
batch = 8
crop = 32
save_every = 2
"""


def torchrun(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2", *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(REPOSITORY)}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300, check=False)


def test_gradients_are_averaged_and_different_weights_are_noticed(tmp_path: Path) -> None:
    script = tmp_path / "averages.py"
    script.write_text(AVERAGES)
    done = torchrun(str(script), str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert {"0", "1"} <= {path.name for path in tmp_path.iterdir()}


def test_two_processes_train_one_model(shards: Path, tmp_path: Path) -> None:
    recipe, out = tmp_path / "tiny.toml", tmp_path / "run"
    recipe.write_text(RECIPE)
    verb = ("-m", "lrisc_sdr.cli", "train", "--config", str(recipe), "--data", str(shards), "--device", "cpu")
    done = torchrun(*verb, "--out", str(out))
    # The processes compare their weights at the end, and fail if these differ.
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("is in") == 1
    assert "2 processes on cpu" in (out / "model" / "README.md").read_text()
    assert len((out / "deepjscc" / "log.jsonl").read_text().splitlines()) == 1


def test_a_lone_process_averages_with_nobody() -> None:
    alone, tensor = Worker(), torch.tensor([3.0])
    alone.average([tensor])
    alone.share([tensor])
    alone.agree({"tensor": tensor})
    alone.wait()
    assert tensor.item() == 3
    assert alone.first


def test_a_device_that_is_not_there_is_named() -> None:
    for name in ("abacus", "meta") if torch.cuda.is_available() else ("abacus", "meta", "cuda:1"):
        with pytest.raises(ConfigurationError, match=name), worker(name):
            pass
