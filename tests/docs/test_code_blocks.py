# SPDX-License-Identifier: MIT
"""The Python in the documentation runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def blocks() -> list[tuple[str, str]]:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    found = [(page.stem, code) for page in pages for code in _BLOCK.findall(page.read_text())]
    return [(f"{name}-{number}", code) for number, (name, code) in enumerate(found)]


def test_there_are_some() -> None:
    names = {name.rpartition("-")[0] for name, _ in blocks()}
    assert {"ten-minutes", "train", "plugins", "captures"} <= names


@pytest.mark.parametrize("code", [pytest.param(code, id=name) for name, code in blocks()])
def test_a_block_runs(code: str, tmp_path: Path) -> None:
    (tmp_path / "captures").symlink_to(ROOT / "captures")
    (tmp_path / "photos").mkdir()
    rng = np.random.default_rng(1)
    for number in range(12):
        photo = rng.integers(0, 256, (120, 160, 3), dtype=np.uint8)
        Image.fromarray(photo).save(tmp_path / "photos" / f"{number}.jpg")
    if "..." in code:
        compile(code, "block", "exec")
        return
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning", "-c", code],
        cwd=tmp_path, env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    if "write_shard" in code:
        from lrisc_sdr.training.data import load_shards

        assert load_shards([tmp_path / "pictures" / "train-000.tar"]).shape == (2, 3, 256, 256)
