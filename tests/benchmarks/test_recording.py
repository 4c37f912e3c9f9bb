# SPDX-License-Identifier: MIT
from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("sigmf")

from lrisc_sdr.cli.bench import load


@pytest.mark.parametrize("datatype", ["ci16_le", "cf32_le"])
def test_a_generator_is_recorded_and_compared(datatype: str, tmp_path: Path) -> None:
    row = load("recording").measure("pluto256", datatype, tmp_path, 0.2)
    assert row.n_samples == 6 * (1 << 17)
    assert (row.lost, row.right) == (0, True)
    assert row.wall_s >= row.n_samples / row.rate_sps
