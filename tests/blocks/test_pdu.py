# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses

import numpy as np
import pytest

pytest.importorskip("gnuradio")

import pmt

from lrisc_sdr.blocks.pdu import frame_from_pdu, frame_to_pdu, vector_from_pmt, vector_to_pmt
from lrisc_sdr.blocks.tags import header_from_pmt, header_to_pmt
from lrisc_sdr.errors import InvalidMessage
from lrisc_sdr.types import FrameHeader, ReceivedFrame

SPACING_HZ = 15_625.0
HEADER = FrameHeader(picture_id=65_535, index=3, count=256, n_symbols=1000, side_bytes=321, side_repetition=4)


def a_frame(seed: int = 1) -> ReceivedFrame:
    rng = np.random.default_rng(seed)
    symbols = rng.standard_normal((2, 1000)).astype(np.float32).view(np.complex64).reshape(-1)
    noise_var = rng.random(1000, dtype=np.float32)
    noise_var[::7] = np.inf
    channel = rng.standard_normal(512).astype(np.float32).view(np.complex64)
    return ReceivedFrame(
        header=HEADER,
        symbols=symbols,
        noise_var=noise_var,
        snr_db=-1.25,
        cfo_hz=-40_000.5,
        sco_ppm=19.5,
        evm_db=-20.125,
        channel=channel,
        start_sample=2**40 + 1,
    )


def test_a_received_frame_survives_its_pdu() -> None:
    frame = a_frame()
    again = frame_from_pdu(frame_to_pdu(frame, SPACING_HZ))
    for field in dataclasses.fields(ReceivedFrame):
        sent, received = getattr(frame, field.name), getattr(again, field.name)
        assert np.array_equal(sent, received), field.name
        assert getattr(sent, "dtype", None) == getattr(received, "dtype", None), field.name


def test_the_pdu_is_one_that_the_standard_blocks_understand() -> None:
    frame = a_frame()
    message = frame_to_pdu(frame, SPACING_HZ)
    assert pmt.is_pdu(message)
    assert np.array_equal(np.array(pmt.c32vector_elements(pmt.cdr(message)), np.complex64), frame.symbols)
    meta = pmt.to_python(pmt.car(message))
    assert meta["packet_len"] == 1000
    assert meta["packet_num"] == 3
    assert meta["ofdm_sync_carr_offset"] == -3
    assert meta["ofdm_sync_chan_taps"][128] == frame.channel[0]


def test_the_pdu_equals_the_one_of_pmts_own_constructors() -> None:
    frame = a_frame()
    numbers = {
        "packet_len": pmt.from_long(1000),
        "packet_num": pmt.from_long(3),
        "picture_id": pmt.from_long(65_535),
        "frame_count": pmt.from_long(256),
        "side_bytes": pmt.from_long(321),
        "side_repetition": pmt.from_long(4),
        "start_sample": pmt.from_long(2**40 + 1),
        "ofdm_sync_carr_offset": pmt.from_long(-3),
        "snr_db": pmt.from_double(-1.25),
        "cfo_hz": pmt.from_double(-40_000.5),
        "sco_ppm": pmt.from_double(19.5),
        "evm_db": pmt.from_double(-20.125),
        "noise_var": pmt.init_f32vector(1000, frame.noise_var.tolist()),
        "ofdm_sync_chan_taps": pmt.init_c32vector(256, np.fft.fftshift(frame.channel).tolist()),
    }
    message = frame_to_pdu(frame, SPACING_HZ)
    assert pmt.equal(pmt.cdr(message), pmt.init_c32vector(1000, frame.symbols.tolist()))
    assert pmt.length(pmt.dict_keys(pmt.car(message))) == len(numbers)
    for name, number in numbers.items():
        assert pmt.equal(pmt.dict_ref(pmt.car(message), pmt.intern(name), pmt.PMT_NIL), number), name


@pytest.mark.parametrize("dtype", [np.float32, np.complex64])
@pytest.mark.parametrize("length", [0, 1, 17])
def test_vectors_agree_with_those_of_pmt(dtype: type[np.generic], length: int) -> None:
    array = (np.arange(length) * (1.5 - 0.25j if dtype is np.complex64 else 1.5)).astype(dtype)
    make = pmt.init_c32vector if dtype is np.complex64 else pmt.init_f32vector
    assert pmt.equal(vector_to_pmt(array), make(length, array.tolist()))
    assert np.array_equal(vector_from_pmt(vector_to_pmt(array), dtype), array)
    assert pmt.equal(vector_to_pmt(np.repeat(array, 2)[::2]), vector_to_pmt(array))


@pytest.mark.parametrize(
    "message",
    [
        pmt.PMT_NIL,
        pmt.from_long(1),
        pmt.cons(pmt.PMT_NIL, pmt.PMT_NIL),
        pmt.cons(pmt.make_dict(), pmt.init_u8vector(2, [1, 2])),
        pmt.cons(pmt.make_dict(), pmt.init_c32vector(1, [1j])),
    ],
)
def test_another_message_is_refused(message: object) -> None:
    with pytest.raises(InvalidMessage):
        frame_from_pdu(message)


def test_a_header_survives_its_tag() -> None:
    assert header_from_pmt(header_to_pmt(HEADER)) == HEADER
