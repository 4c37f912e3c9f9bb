# SPDX-License-Identifier: MIT
"""A user of one's own: an allow-list, a ledger, a log and profiles in a temporary folder."""

from __future__ import annotations

from pathlib import Path

import pytest

BAND = """
[[band]]
name = "test"
low_hz = 2.40e9
high_hz = 2.48e9
least_attenuation_db = 0
duty_cycle = 1
duty_window_s = 3600
longest_burst_s = 1
"""


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the user's profiles."""
    allowed = tmp_path / "allow.toml"
    allowed.write_text(BAND)
    allowed.chmod(0o600)
    monkeypatch.setenv("LRISC_ALLOW_LIST", str(allowed))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path / "lrisc" / "calibration"
