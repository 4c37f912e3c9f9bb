# SPDX-License-Identifier: MIT
"""Build hook: an installed wheel carries the flowgraphs that a checkout has beside the package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FlowgraphsHook(BuildHookInterface[Any]):
    """Puts `flowgraphs/` into a wheel as `lrisc_sdr/_flowgraphs`.

    hatchling's own `force-include` would also copy them into an editable install, where they would grow stale.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before a build; `version` is "standard" or "editable"."""
        if version == "standard" and (Path(self.root) / "flowgraphs").is_dir():
            build_data["force_include"]["flowgraphs"] = "lrisc_sdr/_flowgraphs"
