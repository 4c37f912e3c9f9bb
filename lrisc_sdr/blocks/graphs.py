# SPDX-License-Identifier: GPL-3.0-or-later
"""The flow graphs of the folder `flowgraphs`: where they are, how they are loaded, how grcc makes their Python.

`python -m lrisc_sdr.blocks.graphs` compiles every .grc file of a checkout beside itself.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

from lrisc_sdr.errors import ConfigurationError, ProcessFailed

GRAPHS = ("duplex", "loopback", "receive", "replay", "transmit")
# With windows: GNU Radio Companion starts them, `blocks.run` does not.
WINDOWED = ("loopback_qt",)
ALL_GRAPHS = (*GRAPHS, *WINDOWED)
BLOCK_FILES = Path(__file__).parent / "grc"

PACKAGE = Path(__file__).resolve().parents[1]


def folder() -> Path:
    """Where the flow graphs lie: beside the package in a checkout, inside it when it was installed as a wheel."""
    for candidate in (PACKAGE.parent / "flowgraphs", PACKAGE / "_flowgraphs"):
        if (candidate / "loopback.grc").is_file():
            return candidate
    raise ConfigurationError("this installation has no flow graphs: install lrisc-sdr again, or run it from a checkout")


def load(name: str) -> ModuleType:
    """The module that grcc made of a graph; its top block is the class of the same name.

    Raises:
        ConfigurationError: there is no such graph.
    """
    if name not in ALL_GRAPHS:
        raise ConfigurationError(f"there is no flow graph {name}: choose one of {', '.join(ALL_GRAPHS)}")
    spec = importlib.util.spec_from_file_location(f"lrisc_flowgraph_{name}", folder() / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def compile_graph(graph: Path, output: Path) -> Path:
    """Compile a .grc file with GNU Radio's grcc and return the Python file that it wrote into the folder `output`.

    Raises:
        ProcessFailed: grcc found a fault in the graph; the message is what it said.
    """
    paths = [str(PACKAGE.parent), *sys.path]
    environment = os.environ | {
        "GRC_BLOCKS_PATH": str(BLOCK_FILES),
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
    }
    program = "from gnuradio.grc.compiler import main; main()"
    command = [sys.executable, "-c", program, "-o", str(output), str(graph)]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    written = output / f"{graph.stem}.py"
    if result.returncode != 0 or not written.is_file():
        raise ProcessFailed(f"grcc {graph.name}: {(result.stdout + result.stderr).strip()}")
    # GNU Radio's template names the licence of its own output; these graphs may be had under later versions, too.
    source = written.read_text(encoding="utf-8")
    written.write_text(
        source.replace("SPDX-License-Identifier: GPL-3.0\n", "SPDX-License-Identifier: GPL-3.0-or-later\n"),
        encoding="utf-8",
    )
    return written


def main() -> None:
    for name in ALL_GRAPHS:
        compile_graph(folder() / f"{name}.grc", folder())


if __name__ == "__main__":
    main()
