# SPDX-License-Identifier: MIT
"""The wire format: what is packed comes back, and nothing else comes in."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from lrisc_sdr.errors import DamagedMessage, InvalidMessage
from lrisc_sdr.link.envelope import MAGIC, MAX_HEADER, seal
from lrisc_sdr.link.messages import Accepted, Busy, Drained, Flush, FrameHead, Refused, Result, Watch, Welcome
from lrisc_sdr.link.wire import FrameRequest, pack, pack_frame, sequence_of, unpack_reply, unpack_request
from lrisc_sdr.types import FrameHeader, ReceivedFrame

STREAM = "0123456789abcdef"
finite = st.floats(allow_nan=False, allow_infinity=False, width=32)
sequences = st.integers(0, 2**53)


@st.composite
def received_frames(draw: st.DrawFn) -> ReceivedFrame:
    n = draw(st.integers(1, 40))
    count = draw(st.integers(1, 256))
    header = FrameHeader(
        picture_id=draw(st.integers(0, 65_535)),
        index=draw(st.integers(0, count - 1)),
        count=count,
        n_symbols=n,
        side_bytes=draw(st.integers(0, 65_535)),
        side_repetition=draw(st.integers(1, 4)),
    )
    values = npst.arrays(np.float32, 2 * n, elements=finite)
    variances = npst.arrays(np.float32, n, elements=st.floats(2.0**-120, math.inf, width=32))
    carriers = npst.arrays(np.float32, st.sampled_from([0, 16]), elements=finite)
    return ReceivedFrame(
        header=header,
        symbols=draw(values).view(np.complex64),
        noise_var=draw(variances),
        snr_db=draw(finite),
        cfo_hz=draw(finite),
        sco_ppm=draw(finite),
        evm_db=draw(finite),
        channel=draw(carriers).view(np.complex64),
        start_sample=draw(sequences),
    )


def a_frame(n: int = 16, n_fft: int = 4) -> ReceivedFrame:
    ramp = np.arange(n, dtype=np.float32)
    return ReceivedFrame(
        header=FrameHeader(picture_id=7, index=1, count=3, n_symbols=n, side_bytes=40, side_repetition=2),
        symbols=(ramp - 1j * ramp).astype(np.complex64),
        noise_var=np.full(n, 0.25, np.float32),
        snr_db=10.5,
        cfo_hz=-1200.0,
        sco_ppm=0.5,
        evm_db=-20.0,
        channel=np.ones(n_fft, np.complex64),
        start_sample=123_456,
    )


def assert_same(a: ReceivedFrame, b: ReceivedFrame) -> None:
    for name in ("symbols", "noise_var", "channel"):
        left, right = getattr(a, name), getattr(b, name)
        assert left.dtype == right.dtype
        np.testing.assert_array_equal(left, right)
    for name in ("header", "snr_db", "cfo_hz", "sco_ppm", "evm_db", "start_sample"):
        assert getattr(a, name) == getattr(b, name), name


@given(received_frames(), sequences)
def test_a_frame_comes_back_as_it_was_sent(frame: ReceivedFrame, sequence: int) -> None:
    request = unpack_request(pack_frame(frame, sequence, STREAM))
    assert isinstance(request, FrameRequest)
    assert request.sequence == sequence
    assert_same(request.frame, frame)


@given(sequences, st.text(max_size=1000), st.floats(-300, 300))
def test_messages_without_arrays_come_back(sequence: int, text: str, number: float) -> None:
    for request in (Flush(sequence, STREAM), Watch(sequence)):
        assert unpack_request(pack(request)) == request
    for reply in (
        Welcome(sequence, ("0123abcd",)),
        Accepted(sequence),
        Refused(None, text),
        Busy(3),
        Result(picture_id=9, ok=False, error=text, snr_db=number),
        Drained(sequence),
    ):
        assert unpack_reply(pack(reply)) == reply


def edited(change: dict[str, object], *, body: bytes | None = None) -> list[bytes]:
    """A good frame message with fields of its header replaced, or removed where the value is `...`."""
    _, header, good_body = pack_frame(a_frame(), 5, STREAM)
    fields = {**msgspec.msgpack.decode(header), **change}
    kept = {name: value for name, value in fields.items() if value is not ...}
    return seal(msgspec.msgpack.encode(kept), good_body if body is None else body)


def array(name: str, dtype: str, *shape: int) -> dict[str, object]:
    return {"name": name, "dtype": dtype, "shape": shape}


SYMBOLS, NOISE = array("symbols", "<c8", 16), array("noise_var", "<f4", 16)


@pytest.mark.parametrize(
    "change",
    [
        {"surprise": 1},
        {"kind": "pickle"},
        {"kind": ...},
        {"sequence": -1},
        {"sequence": 2**53 + 1},
        {"sequence": True},
        {"picture_id": 65_536},
        {"index": 3},
        {"count": 0},
        {"count": 257},
        {"n_symbols": 0},
        {"n_symbols": 15},
        {"n_symbols": 600_000},
        {"n_symbols": "16"},
        {"side_repetition": 5},
        {"snr_db": math.nan},
        {"cfo_hz": math.inf},
        {"sco_ppm": -math.inf},
        {"evm_db": None},
        {"start_sample": -1},
        {"arrays": [SYMBOLS]},
        {"arrays": [NOISE, SYMBOLS]},
        {"arrays": [array("symbols", "<c16", 16), NOISE]},
        {"arrays": [array("symbols", "|O", 16), NOISE]},
        {"arrays": [array("symbols", "<c8", 4, 4), NOISE]},
        {"arrays": [array("symbols", "<f4", 16), NOISE]},
        {"arrays": [SYMBOLS, array("noise_var", "<f4", 15)]},
        {"arrays": [SYMBOLS, NOISE, array("channel", "<c8", 5)]},
        {"arrays": [SYMBOLS, NOISE, array("channel", "<c8", 70_000)]},
        {"arrays": [SYMBOLS, NOISE, array("channel", "<c8", -1)]},
        {"arrays": [SYMBOLS, NOISE, array("symbols", "<c8", 4)]},
    ],
    ids=str,
)
def test_a_header_that_breaks_the_format_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(InvalidMessage):
        unpack_request(edited(change))


def test_the_unedited_message_passes() -> None:
    assert_same(unpack_request(edited({})).frame, a_frame())  # type: ignore[union-attr]


@pytest.mark.parametrize("body", [b"", b"\0" * 223, pack_frame(a_frame(), 0, STREAM)[2] + b"\0"])
def test_a_body_of_the_wrong_length_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidMessage, match="body of"):
        unpack_request(edited({}, body=body))


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("symbols", math.nan, "finite"),
        ("symbols", complex(0, math.inf), "finite"),
        ("channel", math.inf, "finite"),
        ("noise_var", math.nan, "greater than 0"),
        ("noise_var", 0.0, "greater than 0"),
        ("noise_var", -1.0, "greater than 0"),
        ("noise_var", -math.inf, "greater than 0"),
    ],
)
def test_a_number_that_no_receiver_may_send_is_refused_at_both_ends(field: str, value: complex, complaint: str) -> None:
    frame = a_frame()
    getattr(frame, field)[2] = value
    with pytest.raises(InvalidMessage, match=complaint):
        pack_frame(frame, 1, STREAM)
    parts = edited({}, body=frame.symbols.tobytes() + frame.noise_var.tobytes() + frame.channel.tobytes())
    with pytest.raises(InvalidMessage, match=complaint):
        unpack_request(parts)


def test_an_erasure_passes() -> None:
    frame = a_frame()
    frame.noise_var[:] = np.inf
    assert_same(unpack_request(pack_frame(frame, 1, STREAM)).frame, frame)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("parts", "complaint"),
    [
        ([], "3 parts"),
        ([*seal(b"", b""), b""], "3 parts"),
        ([b"", b"", b""], "magic"),
        ([b"GNURADIO", b"", b""], "magic"),
        ([b"LRISC", b"", b""], "version none"),
        ([b"LRISC\x01", pack(Flush(1, STREAM))[1], b""], "version 01"),
        ([MAGIC, pack(Flush(1, STREAM))[1], b""], "checksum"),
        ([*pack(Flush(1, STREAM))[:2], b"\0"], "checksum"),
        ([pack(Flush(1, STREAM))[0] + b"\0", *pack(Flush(1, STREAM))[1:]], "checksum"),
        (seal(b"", b""), "header"),
        (seal(b"\x91" * 5000, b""), "header"),
        (seal(b"\x80" * (MAX_HEADER + 1), b""), "at most"),
        (seal(pack(Flush(1, STREAM))[1] + b"\0", b""), "header"),
        (seal(pack(Flush(1, STREAM))[1], b"\0"), "body"),
        (seal(pack(Accepted(1))[1], b""), "header"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_an_envelope_that_breaks_the_format_is_refused(parts: list[bytes], complaint: str) -> None:
    with pytest.raises(InvalidMessage, match=complaint):
        unpack_request(parts)


@given(st.lists(st.binary(max_size=60), max_size=4))
def test_random_parts_never_crash_the_parser(parts: list[bytes]) -> None:
    for unpack in (unpack_request, unpack_reply):
        with pytest.raises(InvalidMessage):
            unpack([MAGIC, *parts])
    sequence_of(parts)


def test_mutated_messages_are_refused_or_still_valid() -> None:
    """Ten thousand mutations of good messages: each is refused, or decodes to values that pass every check again."""
    rng = np.random.default_rng(1)
    originals = [pack_frame(a_frame(), 5, STREAM), pack(Flush(3, STREAM)), pack(Watch(2))]
    outcomes = {True: 0, False: 0}
    for turn in range(10_000):
        parts = [bytearray(part) for part in originals[turn % 3]]
        for _ in range(rng.integers(1, 4)):
            mutate(parts[rng.integers(len(parts))], rng)
        mutated = [bytes(part) for part in parts]
        if turn % 4 and len(mutated[0]) == len(originals[0][0]):
            mutated = seal(*mutated[1:])  # so that more than the checksum is asked
        try:
            request = unpack_request(mutated)
        except InvalidMessage:
            outcomes[False] += 1
            sequence_of(mutated)
            continue
        outcomes[True] += 1
        if isinstance(request, FrameRequest):
            assert_same(unpack_request(pack_frame(request.frame, 0, STREAM)).frame, request.frame)  # type: ignore[union-attr]
    assert min(outcomes.values()) > 100, outcomes


def mutate(part: bytearray, rng: np.random.Generator) -> None:
    """Flip a bit, set a byte, cut, insert or repeat."""
    position = int(rng.integers(len(part) + 1))
    action = rng.integers(5)
    if action == 0 and position < len(part):
        part[position] ^= 1 << int(rng.integers(8))
    elif action == 1 and position < len(part):
        part[position] = rng.choice([0x00, 0x7F, 0x80, 0xC0, 0xC1, 0xCB, 0xDD, 0xFF])
    elif action == 2:
        del part[position:]
    elif action == 3:
        part[position:position] = rng.bytes(3)
    else:
        part += part[position:]


def test_the_number_of_a_refused_message_is_read_where_it_can_be() -> None:
    assert sequence_of(edited({"surprise": 1})) == 5
    assert sequence_of(edited({"sequence": "x"})) is None
    assert sequence_of(seal(b"\xc1")) is None
    assert sequence_of([]) is None


def test_the_struct_of_a_frame_carries_every_field_of_the_dataclasses() -> None:
    fields = set(FrameHead.__struct_fields__) - {"sequence", "stream", "arrays"}
    arrays = {"symbols", "noise_var", "channel"}
    assert fields == (set(FrameHeader.__annotations__) | set(ReceivedFrame.__annotations__)) - arrays - {"header"}


@pytest.mark.parametrize("part", [0, 1, 2])
def test_every_turned_bit_is_found(part: int) -> None:
    good = pack_frame(a_frame(), 5, STREAM)
    for bit in range(8 * len(good[part])):
        changed = bytearray(good[part])
        changed[bit // 8] ^= 1 << bit % 8
        parts = [*good[:part], bytes(changed), *good[part + 1 :]]
        # A turned bit of the version cannot be told from another version.
        expected = InvalidMessage if part == 0 and bit // 8 == len(MAGIC) - 1 else DamagedMessage
        with pytest.raises(expected):
            unpack_request(parts)
