# SPDX-License-Identifier: MIT
"""All subjects of the physical layer."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from benchmarks import subjects
from benchmarks.phy import (
    clipping,
    detection,
    estimation,
    false_alarms,
    flowgraph,
    header,
    interferer,
    latents,
    memory,
    speed,
)
from benchmarks.subjects import Subjects

SUBJECTS: Subjects = MappingProxyType(
    {
        "speed": speed.measure,
        "flowgraph": flowgraph.measure,
        "detection": detection.measure,
        "false-alarms": false_alarms.measure,
        "header": header.measure,
        "estimation": estimation.measure,
        "latents": latents.measure,
        "interferer": interferer.measure,
        "clipping": clipping.measure,
        "memory": memory.measure,
    }
)


def run(**arguments: Any) -> dict[str, Any]:
    """Measure and return the document, as `subjects.run` does."""
    return subjects.run(SUBJECTS, **arguments)
