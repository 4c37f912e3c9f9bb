# SPDX-License-Identifier: MIT
"""docs/train.md, "A first try": shards, a training, its report, a picture over the link; with fewer steps."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from .test_code_blocks import blocks as python_blocks
from .test_commands import ROOT, blocks, run

PAGE = (ROOT / "docs" / "train.md").read_text()
STEPS = "steps = 60"


@pytest.mark.timeout(1200)
def test_a_first_training(tmp_path: Path) -> None:
    pytest.importorskip("gnuradio")
    pytest.importorskip("tqdm")
    rng = np.random.default_rng(1)
    (tmp_path / "photos").mkdir()
    for number in range(14):
        small = Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8))
        small.resize((256, 256)).save(tmp_path / "photos" / f"{number:02}.jpg")
    small.resize((192, 160)).save(tmp_path / "photo.jpg")
    (tmp_path / "recipes").symlink_to(ROOT / "recipes")
    shards = next(code for name, code in python_blocks() if name.startswith("train-") and "write_shard" in code)
    subprocess.run([sys.executable, "-c", shards], cwd=tmp_path, check=True)
    lines = list(blocks(PAGE.partition("## A first try")[2].partition("\n## ")[0]))
    assert [line.split()[:2] for line in lines] == [
        ["sed", "-e"],
        *(["lrisc", verb] for verb in ("train", "report", "loop")),
    ]
    assert STEPS in lines[0]
    for line in lines:
        run(line.replace(STEPS, "steps = 2"), tmp_path)
    assert (tmp_path / "runs" / "try" / "report.html").is_file()
    assert (tmp_path / "runs" / "tried" / "DONE").is_file()
