# SPDX-License-Identifier: MIT
"""Where the transmit guard's files lie, after the XDG base directory specification, version 0.8.

$LRISC_ALLOW_LIST, or $XDG_CONFIG_HOME/lrisc/transmit.toml     what the user allows
$XDG_STATE_HOME/lrisc/airtime.sqlite3                          the ledger
$XDG_STATE_HOME/lrisc/transmissions.jsonl                      the log
"""

from __future__ import annotations

import os
from pathlib import Path

ALLOW_LIST_VARIABLE = "LRISC_ALLOW_LIST"


def allow_list_path(given: Path | None = None) -> Path:
    """The user's list of bands: as given, or by the environment, or the usual place."""
    named = os.environ.get(ALLOW_LIST_VARIABLE)
    if given is not None or named:
        return Path(given or named or "").expanduser()
    return _base("XDG_CONFIG_HOME", ".config") / "transmit.toml"


def ledger_path() -> Path:
    """The ledger of time on the air."""
    return _base("XDG_STATE_HOME", ".local/state") / "airtime.sqlite3"


def log_path() -> Path:
    """The log of transmissions."""
    return _base("XDG_STATE_HOME", ".local/state") / "transmissions.jsonl"


def _base(variable: str, usual: str) -> Path:
    # The specification: a relative path is invalid and to be ignored.
    named = Path(os.environ.get(variable, ""))
    return (named if named.is_absolute() else Path.home() / usual) / "lrisc"
