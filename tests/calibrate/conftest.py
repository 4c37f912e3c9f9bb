# SPDX-License-Identifier: MIT
"""A user of one's own: an allow-list, a ledger, a log and profiles in a temporary folder."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def user(allowed: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the user's profiles."""
    for name, value in (allowed | {"XDG_CONFIG_HOME": str(tmp_path)}).items():
        monkeypatch.setenv(name, value)
    return tmp_path / "lrisc" / "calibration"
