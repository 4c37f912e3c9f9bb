# SPDX-License-Identifier: MIT
"""The scores of a picture where everything is at hand, and where torch, weights or both are missing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.evaluation import metrics, weights
from lrisc_sdr.types import ByteArray


@pytest.fixture
def pair() -> tuple[ByteArray, ByteArray]:
    rng = np.random.default_rng(1)
    source = rng.integers(0, 256, (64, 80, 3), dtype=np.uint8)
    return source, np.clip(source + rng.normal(0, 9, source.shape), 0, 255).astype(np.uint8)


@pytest.fixture
def no_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A host on which no weights can be found: neither files nor packages."""
    monkeypatch.setattr(weights, "folders", lambda: [tmp_path])
    monkeypatch.setattr(weights, "_package_file", lambda package, name: None)
    metrics._network.cache_clear()
    yield
    metrics._network.cache_clear()


def test_everything_is_scored_where_the_weights_are(pair: tuple[ByteArray, ByteArray], shared_data: Path) -> None:
    pytest.importorskip("torch", reason="LPIPS and DISTS need torch")
    scores = metrics.compare(*pair, names=metrics.NAMES)
    assert all(getattr(scores, name) is not None for name in metrics.NAMES)
    assert set(scores.notes) == {"ms_ssim"}
    assert "3 scales" in scores.notes["ms_ssim"]
    assert scores.lpips == pytest.approx(metrics.lpips(*pair))
    assert scores.lpips != scores.lpips_vgg


@pytest.mark.usefixtures("no_weights")
def test_what_cannot_be_had_is_none_with_a_note(pair: tuple[ByteArray, ByteArray]) -> None:
    scores = metrics.compare(*pair, names=metrics.NAMES)
    assert (scores.lpips, scores.lpips_vgg, scores.dists) == (None, None, None)
    assert scores.psnr_db is not None
    assert weights.VARIABLE in scores.notes["lpips"]
    assert "\n" not in "".join(scores.notes.values())
    with pytest.raises(ConfigurationError, match="no LPIPS weights"):
        metrics.lpips(*pair)


def test_without_torch_the_pixel_metrics_remain(pair: tuple[ByteArray, ByteArray]) -> None:
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "import numpy as np\n"
        "from lrisc_sdr.evaluation import metrics\n"
        "x = np.zeros((64, 64, 3), np.uint8)\n"
        "scores = metrics.compare(x, x + np.uint8(1))\n"
        "assert scores.psnr_db > 48 and scores.ms_ssim is not None and scores.lpips is None\n"
        "print(scores.notes['lpips'])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.stderr == ""
    assert run.stdout == "torch is not installed: pip install 'lrisc-sdr[metrics]'\n"


def test_equal_pictures_have_no_finite_psnr(pair: tuple[ByteArray, ByteArray]) -> None:
    scores = metrics.compare(pair[0], pair[0], names=("psnr_db", "ms_ssim"))
    assert scores.psnr_db is None
    assert "equal" in scores.notes["psnr_db"]
    assert scores.ms_ssim == pytest.approx(1.0)
