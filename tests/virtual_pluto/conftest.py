# SPDX-License-Identifier: MIT
"""Virtual radios and the real clients of libiio."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable

import pytest

from lrisc_sdr.channel import ChannelSpec
from lrisc_sdr.virtual_pluto import VirtualSettings

QUIET = ChannelSpec()


@pytest.fixture
def quiet() -> VirtualSettings:
    """Two radios with nothing between them but air, that begin with fresh samples."""
    return VirtualSettings(channel=QUIET, n_radios=2, stale_buffers=0)


@pytest.fixture
def tool() -> Callable[..., bytes]:
    """Runs one of libiio's programs and returns its standard output."""

    def run(*words: str, fails: bool = False) -> bytes:
        if shutil.which(words[0]) is None:
            pytest.skip(f"{words[0]} is not installed: apt-get install libiio-utils")
        done = subprocess.run(words, capture_output=True, timeout=120)
        assert (done.returncode != 0) is fails, done.stderr.decode()
        return done.stdout

    return run
