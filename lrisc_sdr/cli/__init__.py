# SPDX-License-Identifier: MIT
"""The command line: `lrisc VERB …`.

    main(argv) ─► registry.VERBS ─► one module a verb, imported only when that verb runs
        │
        └─► exit code: 0 done · an error's own code (lrisc_sdr.errors) · 2 usage · 130 interrupted · 1 a bug
                      129 or 143: asked to end by SIGHUP or SIGTERM

Data goes to stdout, everything else to stderr. An error is one line; `--debug`, anywhere on the command line, adds the
traceback.
"""

from __future__ import annotations

from lrisc_sdr.cli.application import main

__all__ = ["main"]
