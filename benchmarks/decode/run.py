# SPDX-License-Identifier: MIT
"""All subjects of the decoder."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from benchmarks import subjects
from benchmarks.decode import latency, throughput
from benchmarks.subjects import Subjects

SUBJECTS: Subjects = MappingProxyType({"latency": latency.measure, "throughput": throughput.measure})


def run(**arguments: Any) -> dict[str, Any]:
    """Measure and return the document, as `subjects.run` does."""
    return subjects.run(SUBJECTS, **arguments)
