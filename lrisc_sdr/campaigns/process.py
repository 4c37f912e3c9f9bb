# SPDX-License-Identifier: MIT
"""`python -m lrisc_sdr.campaigns.process CAMPAIGN.json FOLDER`: one of the processes that share a campaign."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from lrisc_sdr.campaigns.sweep import work_alone
from lrisc_sdr.errors import LriscError


def main(arguments: Sequence[str]) -> int:
    """Work until the campaign is done; returns the exit code."""
    try:
        work_alone(arguments)
    except LriscError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
