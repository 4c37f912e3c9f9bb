# SPDX-License-Identifier: MIT
"""How a picture is made: what is refused, and that it survives the way to another process."""

from __future__ import annotations

import argparse
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.sampling import MAX_STEPS, STARTS, Sampling


@given(st.builds(Sampling, st.integers(0, MAX_STEPS), st.sampled_from(STARTS), st.floats(0, 1)))
def test_options_bring_the_same_values(sampling: Sampling) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int)
    parser.add_argument("--start")
    parser.add_argument("--perception", type=float)
    assert Sampling(**vars(parser.parse_args(sampling.options()))) == sampling


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"steps": -1}, "steps must be within 0 to 8, not -1"),
        ({"steps": 9}, "not 9"),
        ({"start": "nois"}, "start must be jscc or noise, not nois"),
        ({"perception": 1.01}, "perception must be within 0 and 1, not 1.01"),
        ({"perception": -0.1}, "not -0.1"),
        ({"perception": float("nan")}, "not nan"),
    ],
    ids=str,
)
def test_what_is_out_of_range_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Sampling(**wrong)
