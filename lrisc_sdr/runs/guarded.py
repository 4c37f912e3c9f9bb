# SPDX-License-Identifier: MIT
"""`python -m lrisc_sdr.runs.guarded PARENT_PID MODULE [ARGUMENT…]`: a module in a process that dies with its parent.

The kernel kills this process when its parent ends, even by SIGKILL: no radio, decoder or flowgraph is left behind.
"""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Tie this process to its parent, then become the module."""
    parent, module = int(arguments[0]), arguments[1]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        # The parent may have ended before the kernel was told.
        if os.getppid() != parent:
            sys.exit(1)
    sys.argv = [module, *arguments[2:]]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
