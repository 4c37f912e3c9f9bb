# SPDX-License-Identifier: MIT
"""Where the transmit guard's files lie.

$LRISC_ALLOW_LIST, or $XDG_CONFIG_HOME/lrisc/transmit.toml     what the user allows
$XDG_STATE_HOME/lrisc/airtime.sqlite3                          the ledger
$XDG_STATE_HOME/lrisc/transmissions.jsonl                      the log
"""

from __future__ import annotations

import os
from pathlib import Path

from lrisc_sdr.user_folders import config_folder, state_folder

ALLOW_LIST_VARIABLE = "LRISC_ALLOW_LIST"


def allow_list_path(given: Path | None = None) -> Path:
    """The user's list of bands: as given, or by the environment, or the usual place."""
    named = os.environ.get(ALLOW_LIST_VARIABLE)
    if given is not None or named:
        return Path(given or named or "").expanduser()
    return config_folder() / "transmit.toml"


def ledger_path() -> Path:
    """The ledger of time on the air."""
    return state_folder() / "airtime.sqlite3"


def log_path() -> Path:
    """The log of transmissions."""
    return state_folder() / "transmissions.jsonl"
