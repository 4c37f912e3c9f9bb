# SPDX-License-Identifier: MIT
"""SIGKILL of receiver, broker and workers; the long version is `lrisc bench service`."""

from __future__ import annotations

from pathlib import Path

from lrisc_sdr.cli.bench import load


def test_what_was_acknowledged_is_decoded_whoever_is_killed(tmp_path: Path) -> None:
    survived = load("service.kills").survive(30, 4, tmp_path / "s", seed=2)
    assert survived.kills.total() == 4
    assert survived.acknowledged == survived.decoded == 30
    assert (survived.lost, survived.different, survived.decoded_twice) == (0, 0, 0)
