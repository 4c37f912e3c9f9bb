# SPDX-License-Identifier: MIT
"""`lrisc doctor`: what is installed, what is missing, and how to mend it."""

from __future__ import annotations

import json
import os
import platform
import sys
from typing import Annotated

import typer

from lrisc_sdr import __version__
from lrisc_sdr.cli.checks import Check, Host, Status, run_all
from lrisc_sdr.errors import ConfigurationError

_COLOURS = {"ok": "\x1b[32m", "option": "\x1b[33m", "FAILS": "\x1b[31m"}


def doctor(
    host: Annotated[
        Host, typer.Option(help="What this host is for: all; radio, without torch; gpu, without GNU Radio.")
    ] = Host.ALL,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Check what is installed and print how to mend what is not.

    Exit code 0: this host can do what it is for; what is marked "option" is absent and not needed. 3: it cannot.
    """
    checks = run_all()
    failing = [check for check in checks if check.fails(host)]
    if as_json:
        print(json.dumps(_document(checks, host), indent=2))
    else:
        colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        width = max(len(check.name) for check in checks)
        for check in checks:
            word = _word(check, host)
            mark = f"{_COLOURS[word]}{word:6}\x1b[0m" if colour else f"{word:6}"
            print(f"{mark} {check.name:{width}}  {check.found}")
            if check.fix:
                print(f"{'':6} {'':{width}}  → {check.fix}")
    if failing:
        names = ", ".join(check.name for check in failing)
        raise ConfigurationError(f"not ready: {names} (the lines with → say what to do)")


def _word(check: Check, host: Host) -> str:
    if check.status is Status.OK:
        return "ok"
    return "FAILS" if check.fails(host) else "option"


def _document(checks: list[Check], host: Host) -> dict[str, object]:
    return {
        "ready": not any(check.fails(host) for check in checks),
        "host": host.value,
        "system": platform.platform(),
        "version": __version__,
        "checks": [
            {
                "name": check.name,
                "status": check.status.value,
                "needed": host in check.needed_by,
                "found": check.found,
                "fix": check.fix or None,
            }
            for check in checks
        ],
    }
