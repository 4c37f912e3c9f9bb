# SPDX-License-Identifier: MIT
"""Side information: round trips, and wrong blocks are noticed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrisc_sdr import coding
from lrisc_sdr.errors import ConfigurationError


@given(st.binary(min_size=1, max_size=300), st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_side_blocks_round_trip_and_wrong_ones_are_noticed(data: bytes, repetition: int) -> None:
    block = data + coding.crc32(data).to_bytes(4, "big")
    symbols = coding.encode_side(block, repetition)
    assert symbols.shape == (coding.side_symbols(len(block), repetition),)
    assert coding.decode_side(symbols, 0.1, len(block), repetition) == block
    assert coding.decode_side(-symbols, 0.1, len(block), repetition) is None
    assert coding.decode_side(np.zeros_like(symbols), 0.1, len(block), repetition) is None


def test_wrong_lengths_are_refused() -> None:
    with pytest.raises(ConfigurationError):
        coding.decode_side(np.zeros(10, dtype=np.complex64), 1.0, 40, 1)
    with pytest.raises(ConfigurationError):
        coding.decode_side(np.zeros(coding.side_symbols(4, 1), dtype=np.complex64), 1.0, 4, 1)
