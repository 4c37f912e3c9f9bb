# SPDX-License-Identifier: MIT
"""What one check of `lrisc doctor` finds, and what the checks share."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import lrisc_sdr

PACKAGE = Path(lrisc_sdr.__file__).parent
PROBE_SECONDS = 120


class Status(Enum):
    """How a subject stands."""

    OK = "ok"
    ABSENT = "absent"
    BROKEN = "broken"


class Host(Enum):
    """What a host is for, which decides what it must have."""

    ALL = "all"
    RADIO = "radio"
    GPU = "gpu"


@dataclass(frozen=True)
class Check:
    """What was found about one subject.

    Attributes:
        name: the subject.
        status: how it stands.
        found: version, or what is wrong, in one line.
        fix: the command or the step that mends it; empty where nothing is to be mended.
        needed_by: hosts that do not work without it; for others it is an option.
    """

    name: str
    status: Status
    found: str
    fix: str = ""
    needed_by: frozenset[Host] = frozenset()

    def fails(self, host: Host) -> bool:
        """Whether this keeps `host` from working."""
        return self.status is Status.BROKEN or (self.status is Status.ABSENT and host in self.needed_by)


ALL = frozenset(Host)
ON_RADIO = frozenset({Host.ALL, Host.RADIO})
ON_GPU = frozenset({Host.ALL, Host.GPU})


def apt(packages: str) -> str:
    """The command that installs packages of the distribution."""
    return f"sudo apt-get install --no-install-recommends {packages}"


def extra(name: str) -> str:
    """The command that installs one of this package's extras."""
    if (PACKAGE.parent / "pyproject.toml").is_file():
        return f"pip install -c constraints.txt -e '.[{name}]'"
    return f"pip install 'lrisc-sdr[{name}]'"


def probe(code: str, executable: str = sys.executable) -> tuple[bool, str]:
    """Runs code in a Python of its own.

    Returns:
        Whether it ended well, and the last line of its output, or of its complaint if it did not.
    """
    try:
        run = subprocess.run(
            [executable, "-c", code],
            capture_output=True,
            text=True,
            timeout=PROBE_SECONDS,
            check=False,
            cwd=PACKAGE.parent,
        )
    except subprocess.TimeoutExpired:
        return False, f"no answer within {PROBE_SECONDS} s"
    except OSError as error:
        return False, str(error)
    lines = [line.strip() for line in (run.stderr if run.returncode else run.stdout).splitlines() if line.strip()]
    return run.returncode == 0, lines[-1] if lines else f"ended with {run.returncode}"
