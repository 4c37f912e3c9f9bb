# SPDX-License-Identifier: MIT
"""Fixtures that every room's tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with the Kodak pictures, training crops and metric weights, which are too large for the repository.

    It lies beside the checkout, at `../shared/data`. A test that needs it is skipped where it is absent.
    """
    if not SHARED_DATA.is_dir():
        pytest.skip("no ../shared/data beside this checkout: pictures and weights that are not in the repository")
    return SHARED_DATA.resolve()
