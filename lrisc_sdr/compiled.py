# SPDX-License-Identifier: MIT
"""Inner loops compiled to machine code, with one set of options for the whole house."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])

_FAST_MATH = {"reassoc", "contract", "arcp", "nsz"}
"""Sums may be reordered for the processor's vectors; what is not finite stays not finite."""


def compiled(function: F) -> F:
    """Compile on the first call, and keep the result beside the module (or in the user's cache) for the next process.

    Division by zero gives inf or nan, as in NumPy; indices are not checked. The same input gives the same output, bit
    for bit, on the same processor.
    """
    dispatcher = numba.njit(cache=True, fastmath=_FAST_MATH, error_model="numpy", nogil=True)(function)
    # A kept result holds the code of all compiled functions that it calls, but numba makes it anew only when its own
    # file has changed: a stamp of all files with compiled functions takes the place of that file's.
    dispatcher._cache._cache_file._source_stamp = _stamp()  # type: ignore[attr-defined]
    return cast(F, dispatcher)


@cache
def _stamp() -> str:
    """A digest of all files of the package that have compiled functions."""
    package = Path(__file__).parent
    sources = (path.read_bytes() for path in sorted(package.rglob("*.py")))
    digest = hashlib.sha256()
    for source in sources:
        if b"@compiled" in source or b"def compiled(" in source:
            digest.update(source)
    return digest.hexdigest()
