# SPDX-License-Identifier: MIT
"""The other side of `tasks`: one function of a module of `benchmarks`, run in this process.

Arguments come as JSON on the command line, the result goes as JSON to standard output. Whatever else is printed there,
as GNU Radio does, goes to standard error.
"""

from __future__ import annotations

import importlib
import json
import os
import sys


def main() -> int:
    """Run `sys.argv[1]`, MODULE:FUNCTION, with the keyword arguments in `sys.argv[2]`."""
    out = os.dup(1)
    os.dup2(2, 1)
    module, function = sys.argv[1].split(":")
    result = getattr(importlib.import_module(f"benchmarks.{module}"), function)(**json.loads(sys.argv[2]))
    with os.fdopen(out, "w", encoding="utf-8") as stream:
        json.dump(result, stream)
    return 0
