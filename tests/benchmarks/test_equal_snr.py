# SPDX-License-Identifier: MIT
"""Multipath against white noise at the SNR that was met: figures that can be made by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.equal_snr import equal_snr


def write(folder: Path, rows: list[dict[str, Any]]) -> None:
    common = {"system": "LRISC", "picture": "p", "failed": False}
    lines = [json.dumps({"key": str(number), **common, **row}) for number, row in enumerate(rows)]
    (folder / "rows.jsonl").write_text("\n".join(lines) + "\n")


def row(channel: str, snr_db: float, snr_db_true: float, lpips: float, **more: Any) -> dict[str, Any]:
    return {"channel": channel, "snr_db": snr_db, "snr_db_true": snr_db_true, "lpips": lpips, **more}


def test_the_fade_itself_does_not_count(tmp_path: Path) -> None:
    white = [row("awgn", 0, 0, 0.5), row("awgn", 10, 10, 0.3), row("awgn", 20, 20, 0.1)]
    # White noise at 5 dB and at 18 dB has 0.4 and 0.14.
    faded = [row("room", 10, 5, 0.44), row("room", 20, 18, 0.14), row("room", 20, -9, 1.0, failed=True)]
    write(tmp_path, white + faded)
    lines = list(equal_snr(tmp_path, "lpips"))
    assert lines[0] == "| SNR asked for, dB | 10 | 20 | mean |"
    assert lines[2:] == ["| LRISC, room: SNR met | 5.0 | 18.0 | 11.5 |", "| LRISC, room | +10 % | +0 % | +5 % |"]


def test_below_the_lowest_level_the_lowest_stands(tmp_path: Path) -> None:
    write(tmp_path, [row("awgn", -2, -2, 0.5), row("awgn", 1, 1, 0.4), row("desk", -2, -5, 0.45)])
    assert list(equal_snr(tmp_path, "lpips"))[3] == "| LRISC, desk | −10 % | −10 % |"


def test_where_all_pictures_are_lost_there_is_no_figure(tmp_path: Path) -> None:
    more = [row("desk", 1, 1, 0.4), row("room", -2, -2, 1.0, failed=True), row("room", 1, 1, 0.5)]
    write(tmp_path, [row("awgn", -2, -2, 0.5), row("awgn", 1, 1, 0.4), row("desk", -2, -2, 0.5), *more])
    assert list(equal_snr(tmp_path, "lpips"))[4:] == [
        "| LRISC, room: SNR met | – | 1.0 | 1.0 |",
        "| LRISC, room | – | +25 % | +25 % |",
    ]


def test_without_white_noise_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    write(tmp_path, [row("desk", 1, 1, 0.4)])
    with pytest.raises(SystemExit, match="lacks rows of white noise"):
        list(equal_snr(tmp_path, "lpips"))
