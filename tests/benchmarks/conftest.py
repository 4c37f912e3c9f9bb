# SPDX-License-Identifier: MIT
"""The folder benchmarks is no installed package: the command's own loader makes it importable."""

from __future__ import annotations

from lrisc_sdr.cli.bench import load

load("rows")
