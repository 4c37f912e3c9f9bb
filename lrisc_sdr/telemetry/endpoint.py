# SPDX-License-Identifier: MIT
"""Where telemetry goes: a socket in a folder that only this user can enter."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.user_folders import runtime_folder

VARIABLE = "LRISC_TELEMETRY"
"""Environment variable: `off` for no telemetry."""
_SOCKET = "telemetry"


def folder() -> Path:
    """The folder of the socket, made if it is not there.

    Raises:
        ConfigurationError: it cannot be made, or others can enter it.
    """
    place = runtime_folder()
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = place.lstat()
    except OSError as error:
        raise ConfigurationError(f"{place} cannot be made: {error.strerror}; set XDG_RUNTIME_DIR") from None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise ConfigurationError(f"{place} is not a folder of this user alone: remove it, or set XDG_RUNTIME_DIR")
    return place


def endpoint() -> str | None:
    """`ipc://PATH`, or None where telemetry is switched off.

    Raises:
        ConfigurationError: as `folder`; or its path is too long for a socket.
    """
    if os.environ.get(VARIABLE) == "off":
        return None
    path = folder() / _SOCKET
    # The kernel's limit on the length of a socket's name.
    if len(os.fsencode(path)) > 107:
        raise ConfigurationError(f"{path} is too long for a socket: set XDG_RUNTIME_DIR to a shorter folder")
    return f"ipc://{path}"
