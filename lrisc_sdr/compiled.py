# SPDX-License-Identifier: MIT
"""Inner loops compiled to machine code, with one set of options for the whole house."""

from __future__ import annotations

from collections.abc import Callable
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
    return cast(F, numba.njit(cache=True, fastmath=_FAST_MATH, error_model="numpy", nogil=True)(function))
