# SPDX-License-Identifier: MIT
"""What is compiled is kept for the next process, and compiled anew when any module of the package changes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import lrisc_sdr.compiled
from lrisc_sdr.compiled import _stamp, compiled

INNER = """
from tiny.compiled import compiled

@compiled
def inner(x: float) -> float:
    return x + {term}
"""

OUTER = """
from tiny.compiled import compiled
from tiny.inner import inner

@compiled
def outer(x: float) -> float:
    return 2.0 * inner(x)
"""

MAIN = """
from tiny.outer import outer
print(outer(5.0), sum(outer.stats.cache_hits.values()), sum(outer.stats.cache_misses.values()))
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package of two modules, one of whose functions calls the other's, with the house's own `compiled`."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    shutil.copy(str(lrisc_sdr.compiled.__file__), folder / "compiled.py")
    (folder / "__init__.py").write_text("")
    (folder / "inner.py").write_text(INNER.format(term="1.0"))
    (folder / "outer.py").write_text(OUTER)
    return folder


def run(package: Path) -> tuple[float, int, int]:
    """Return outer(5), and how often it was found and missed in the cache, of a new process."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("NUMBA_")}
    environment |= {"PYTHONPATH": str(package.parent), "NUMBA_CACHE_DIR": str(package.parent / "cache")}
    command = [sys.executable, "-c", MAIN]
    shown = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()
    return float(shown[0]), int(shown[1]), int(shown[2])


def test_results_are_kept_until_a_module_that_is_called_changes(package: Path) -> None:
    assert run(package) == (12.0, 0, 1)
    assert run(package) == (12.0, 1, 0)
    (package / "inner.py").write_text(INNER.format(term="10.0"))
    assert run(package) == (30.0, 0, 1)


def test_the_stamp_is_that_of_all_files_with_compiled_functions(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lrisc_sdr.compiled, "__file__", str(package / "compiled.py"))
    stamps = [_stamp.__wrapped__()]
    (package / "other.py").write_text("nothing = 0")
    os.utime(package / "outer.py", ns=(1, 1))
    assert _stamp.__wrapped__() == stamps[0]
    (package / "deeper").mkdir()
    (package / "deeper" / "new.py").write_text(INNER.format(term="2.0"))
    stamps.append(_stamp.__wrapped__())
    (package / "inner.py").write_text(INNER.format(term="3.0"))
    stamps.append(_stamp.__wrapped__())
    assert len(set(stamps)) == 3


def test_division_by_zero_is_numpys() -> None:
    @compiled
    def quotient(a: float, b: float) -> float:
        return a / b

    assert quotient(1.0, 0.0) == np.inf
    assert np.isnan(quotient(0.0, 0.0))
