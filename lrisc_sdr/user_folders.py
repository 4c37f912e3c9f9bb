# SPDX-License-Identifier: MIT
"""Where a user's own files lie, after the XDG base directory specification, version 0.8."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def config_folder() -> Path:
    """Of what the user decides: $XDG_CONFIG_HOME/lrisc, usually ~/.config/lrisc."""
    return _base("XDG_CONFIG_HOME", ".config")


def state_folder() -> Path:
    """Of what shall outlive a run: $XDG_STATE_HOME/lrisc, usually ~/.local/state/lrisc."""
    return _base("XDG_STATE_HOME", ".local/state")


def runtime_folder() -> Path:
    """Of sockets: $XDG_RUNTIME_DIR/lrisc, or a folder of this user's own beside other temporary files."""
    named = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    # The specification: the folder exists while the user is logged in.
    if named.is_absolute() and named.is_dir():
        return named / "lrisc"
    return Path(tempfile.gettempdir()) / f"lrisc-{os.getuid()}"


def _base(variable: str, usual: str) -> Path:
    # The specification: a relative path is invalid and to be ignored.
    named = Path(os.environ.get(variable, ""))
    return (named if named.is_absolute() else Path.home() / usual) / "lrisc"
