# SPDX-License-Identifier: GPL-3.0-or-later
"""GNU Radio Companion with this package's blocks, in a process of its own:

    python -m lrisc_sdr.blocks.companion loopback

The graphs that Companion starts run with this process's Python, which finds the package. Exit codes are those of
`lrisc_sdr.errors`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from lrisc_sdr.blocks.graphs import ALL_GRAPHS, BLOCK_FILES, PACKAGE, folder
from lrisc_sdr.errors import ConfigurationError, HardwareError, InputError, LriscError

BLOCKS_VARIABLE, PATH_VARIABLE = "GRC_BLOCKS_PATH", "PYTHONPATH"


def graph_file(name: str) -> Path:
    """A graph's file: one of this project's by its name, any other by its path.

    Raises:
        InputError: there is no such graph.
    """
    if name in ALL_GRAPHS:
        return folder() / f"{name}.grc"
    path = Path(name)
    if path.suffix != ".grc" or not path.is_file():
        raise InputError(f"{name} is no flow graph: give a .grc file, or one of {', '.join(ALL_GRAPHS)}")
    return path


def environment(before: Mapping[str, str]) -> dict[str, str]:
    """The variables with which Companion finds the blocks, and its graphs the package; what the user has set stays."""
    found = dict(before)
    for variable, path in ((BLOCKS_VARIABLE, BLOCK_FILES), (PATH_VARIABLE, PACKAGE.parent)):
        known = [entry for entry in before.get(variable, "").split(os.pathsep) if entry]
        found[variable] = os.pathsep.join(dict.fromkeys([*known, str(path)]))
    return found


def require_companion() -> None:
    """Load GNU Radio Companion and look for a display.

    Raises:
        ConfigurationError: it is not installed, or this Python cannot load it.
        HardwareError: there is no display.
    """
    try:
        import gi

        gi.require_version("Gtk", "3.0")
        gi.require_version("PangoCairo", "1.0")
        import gnuradio.grc.main  # noqa: F401 - whether it can be loaded
        from gi.repository import Gtk
    except (ImportError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise ConfigurationError(
            f"this Python cannot load GNU Radio Companion ({reason}): install the distribution's gnuradio package and "
            "make the virtual environment from the system's Python with --system-site-packages"
        ) from error
    if not Gtk.init_check(None)[0]:
        raise HardwareError(
            "there is no display for GNU Radio Companion's window: run this on a desktop, or over ssh -X; without a "
            "window the graphs run with 'python -m lrisc_sdr.blocks.run'"
        )


def main(arguments: Sequence[str]) -> int:
    """Open Companion, with the graph that the arguments name; returns the exit code when it is closed."""
    try:
        graphs = [str(graph_file(name)) for name in arguments]
        os.environ.update(environment(os.environ))
        require_companion()
    except LriscError as error:
        sys.stderr.write(f"lrisc: {error}\n")
        return error.exit_code
    from gnuradio.grc.main import main as companion

    sys.argv = ["gnuradio-companion", *graphs]
    return companion() or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
