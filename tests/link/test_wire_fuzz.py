# SPDX-License-Identifier: MIT
"""Mutated messages: the parser refuses them in its own words, and the tool that makes them finds what it does not."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import fuzz_wire
from lrisc_sdr.errors import InvalidMessage
from lrisc_sdr.link.envelope import MAX_BODY, seal
from lrisc_sdr.link.messages import MAX_SYMBOLS
from lrisc_sdr.link.wire import FrameRequest, sequence_of, unpack_reply, unpack_request

good = st.sampled_from(fuzz_wire.good_messages())


@st.composite
def damaged(draw: st.DrawFn) -> list[bytes]:
    """A good message with a part of it replaced by bytes of hypothesis' choice."""
    parts = list(draw(good))
    which = draw(st.integers(0, 2))
    part = parts[which]
    at = draw(st.integers(0, len(part)))
    parts[which] = part[:at] + draw(st.binary(max_size=40)) + part[at + draw(st.integers(0, 40)) :]
    return seal(*parts[1:]) if draw(st.booleans()) else parts


@given(damaged())
def test_a_damaged_message_is_refused_or_sound(parts: list[bytes]) -> None:
    for unpack in (unpack_request, unpack_reply):
        try:
            message = unpack(parts)
        except InvalidMessage:
            continue
        if isinstance(message, FrameRequest):
            frame = message.frame
            assert frame.symbols.size == frame.noise_var.size == frame.header.n_symbols <= MAX_SYMBOLS
            assert np.isfinite(frame.symbols).all()
            assert (frame.noise_var > 0).all()
            assert 12 * frame.symbols.size + 8 * frame.channel.size == len(parts[2]) <= MAX_BODY
    assert sequence_of(parts) is None or 0 <= sequence_of(parts) <= 2**53


@given(st.lists(st.binary(max_size=60), max_size=5))
def test_anything_else_is_refused(parts: list[bytes]) -> None:
    with pytest.raises(InvalidMessage):
        unpack_request(parts)


def test_the_tool_tries_every_kind_of_message() -> None:
    report = fuzz_wire.fuzz(20_000, 60.0, seed=1)
    assert report.messages == 20_000 == sum(report.outcomes.values())
    assert set(report.outcomes) == {"refused", "FrameRequest", "Flush", "Watch", "Listen"}
    assert report.outcomes["refused"] > 10_000
    assert report.crashes == []


def test_the_tool_keeps_to_its_time_and_rate() -> None:
    assert fuzz_wire.fuzz(10**9, 0.5, seed=1).messages < 10**8
    slow = fuzz_wire.fuzz(2 * fuzz_wire.LOOKED_EVERY, 60.0, seed=1, rate=20 * fuzz_wire.LOOKED_EVERY)
    assert slow.seconds >= 0.1


@pytest.mark.parametrize("fault", ["raises", "changes"])
def test_the_tool_finds_a_parser_that_is_wrong(
    fault: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real, calls = fuzz_wire.unpack_request, 0

    def wrong(parts: list[bytes]) -> object:
        nonlocal calls
        real(parts)
        calls += 1
        if fault == "raises":
            raise KeyError("index")
        return fuzz_wire.Flush(calls % 2**53, fuzz_wire.STREAM)

    monkeypatch.setattr(fuzz_wire, "unpack_request", wrong)
    monkeypatch.setattr(sys, "argv", ["fuzz_wire", "--messages", "5000"])
    assert fuzz_wire.main() == 1
    crashes = json.loads(capsys.readouterr().out)["crashes"]
    assert ("KeyError" if fault == "raises" else "came back as") in crashes[0]
