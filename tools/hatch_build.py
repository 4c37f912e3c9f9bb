# SPDX-License-Identifier: MIT
"""Build hook: an installed wheel carries the flowgraphs, benchmarks and calibrations that lie beside the package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDERS = ("flowgraphs", "benchmarks", "calibration")


class FoldersHook(BuildHookInterface[Any]):
    """Puts `flowgraphs/` into a wheel as `lrisc_sdr/_flowgraphs`, and so on.

    hatchling's own `force-include` would also copy them into an editable install, where they would grow stale.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before a build; `version` is "standard" or "editable"."""
        for folder in FOLDERS:
            if version == "standard" and (Path(self.root) / folder).is_dir():
                build_data["force_include"][folder] = f"lrisc_sdr/_{folder}"
