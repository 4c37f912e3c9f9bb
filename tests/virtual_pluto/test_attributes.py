# SPDX-License-Identifier: MIT
"""Every attribute of a virtual Pluto under any text: it takes the value, or refuses it and keeps what it had."""

from __future__ import annotations

import errno

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrisc_sdr.virtual_pluto.attributes import AttributeFault
from lrisc_sdr.virtual_pluto.commands import Kind, Place
from lrisc_sdr.virtual_pluto.pluto_context import build_context
from lrisc_sdr.virtual_pluto.state import RadioState

CONTEXT = build_context("test", RadioState(), lambda change: change())
KINDS = {Kind.DEVICE: "attributes", Kind.DEBUG: "debug", Kind.BUFFER: "buffer"}
PLACES = [
    *(
        Place(device.identifier, Kind.OUTPUT if channel.output else Kind.INPUT, channel.identifier, name)
        for device in CONTEXT.devices
        for channel in device.channels
        for name in channel.attributes
    ),
    *(
        Place(device.identifier, kind, "", name)
        for device in CONTEXT.devices
        for kind, where in KINDS.items()
        for name in getattr(device, where)
    ),
]
NOT_SHOWN_AS_SET = ("filter_fir_config", "direct_reg_access")
FIR = "RX 3 GAIN -6 DEC {0}\nTX 3 GAIN 0 INT {0}\n"
TEXTS = st.one_of(
    st.text(max_size=40),
    st.integers(-(10**12), 10**12).map(str),
    st.floats().map(str),
    st.sampled_from(
        ["", "0", "1", "manual", "slow_attack", "alert", "fdd", "-89.75 dB", "0x80000088 0xffffffff", "nan"]
    ),
    st.builds(lambda ratio, taps: FIR.format(ratio) + "1,1\n" * taps, st.integers(0, 9), st.integers(0, 130)),
)


def test_there_are_attributes_of_every_kind() -> None:
    assert {place.kind for place in PLACES} == set(Kind)
    assert len(PLACES) > 80


@given(st.sampled_from(PLACES), TEXTS)
def test_any_text_is_taken_or_refused(place: Place, text: str) -> None:
    state = RadioState()
    context = build_context("test", state, lambda change: change())
    before = context.read(place)
    try:
        context.write(place, text)
    except AttributeFault:
        assert context.read(place) == before
    assert all(len(context.read(each)) < 200 for each in PLACES)
    low, high = state.rate_limits
    assert low <= state.rate_sps <= high
    assert 0.0 <= state.tx_attenuation_db <= 89.75


@pytest.mark.parametrize("place", [place for place in PLACES if place.attribute not in NOT_SHOWN_AS_SET], ids=str)
def test_what_was_read_is_taken_or_read_only(place: Place) -> None:
    context = build_context("test", RadioState(gain_mode="manual"), lambda change: change())
    value = context.read(place)
    refusal = 0
    try:
        context.write(place, value)
    except AttributeFault as fault:
        refusal = fault.code
    assert refusal in (0, errno.EACCES)
    assert context.read(place) == value
