# SPDX-License-Identifier: MIT
"""Plans that keep to their rate, frames that come back in any order, with any of them missing."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrisc_sdr import coding, framing
from lrisc_sdr.errors import ConfigurationError, InputError, SideInformationLost
from lrisc_sdr.types import Frame, Latents, ReceivedFrame


def make_latents(n: int, rate_map: bytes = b"rate map", seed: int = 1) -> Latents:
    rng = np.random.default_rng(seed)
    symbols = (rng.standard_normal(n) + 1j * rng.standard_normal(n)).astype(np.complex64) / np.float32(math.sqrt(2))
    return Latents(symbols=symbols, rate_map=rate_map, height=512, width=768, model_id="0123abcd")


def receive(frame: Frame, snr_db: float = 60.0, rng: np.random.Generator | None = None) -> ReceivedFrame:
    """Pass a frame through AWGN (none without an rng)."""
    noise_var = 10 ** (-snr_db / 10)
    symbols = frame.symbols
    if rng is not None:
        noise = rng.standard_normal(symbols.shape) + 1j * rng.standard_normal(symbols.shape)
        symbols = (symbols + math.sqrt(noise_var / 2) * noise).astype(np.complex64)
    return ReceivedFrame(
        header=frame.header,
        symbols=symbols,
        noise_var=np.full(symbols.shape, noise_var, dtype=np.float32),
        snr_db=snr_db,
        cfo_hz=100.0,
        sco_ppm=0.0,
        evm_db=-snr_db,
        channel=np.ones(64, dtype=np.complex64),
        start_sample=0,
    )


@given(
    height=st.integers(1, 4096),
    width=st.integers(1, 4096),
    inverse_cbr=st.integers(1, 400),
    rate_map_bytes=st.integers(0, 8192),
    snr_db=st.floats(-10, 50),
)
@settings(max_examples=200, deadline=None)
def test_plans_keep_to_their_rate_and_segment_keeps_to_the_plan(
    height: int, width: int, inverse_cbr: int, rate_map_bytes: int, snr_db: float
) -> None:
    try:
        plan = framing.plan(height, width, 1 / inverse_cbr, rate_map_bytes, snr_db)
    except ConfigurationError:
        assert height * width * 3 / inverse_cbr > 256 * (8192 + coding.HEADER_SYMBOLS)
        return
    budget = 3 * height * width // inverse_cbr
    spent = plan.count * (coding.HEADER_SYMBOLS + plan.frame_symbols)
    if plan.over_budget:
        assert plan.payload_symbols == -(-3 * height * width // inverse_cbr)
    else:
        assert spent <= budget
        # What is left does not pay for one more unit in each frame and one more frame.
        assert budget - spent < plan.count * coding.SYMBOL_UNIT + coding.HEADER_SYMBOLS
        assert plan.count * plan.frame_symbols == plan.side_symbols + plan.payload_symbols
        assert plan.payload_symbols >= budget / 4
    if plan.payload_symbols < 100_000:
        latents = make_latents(plan.payload_symbols, bytes(rate_map_bytes))
        frames = framing.segment(latents, 1, snr_db)
        assert (len(frames), frames[0].header.n_symbols) == (plan.count, plan.frame_symbols)


def test_kodak_picture_at_one_48th() -> None:
    plan = framing.plan(512, 768, 1 / 48, 60, 10.0)
    assert plan == framing.FramePlan(
        count=3, frame_symbols=7840, side_repetition=1, side_symbols=648, payload_symbols=22872, over_budget=False
    )
    frames = framing.segment(make_latents(plan.payload_symbols, bytes(60)), 1, 10.0)
    assert framing.cbr_frame(frames, 512, 768) == 1 / 48
    assert framing.cbr_payload(plan.payload_symbols, 512, 768) == pytest.approx(22872 / 24576 / 48)
    assert framing.cbr_air(30_000, 512, 768) == pytest.approx(30_000 / 24576 / 48)


def test_a_picture_too_small_for_its_header_is_sent_and_said_to_be_over_budget() -> None:
    plan = framing.plan(32, 32, 1 / 48, 4, 10.0)
    assert plan.over_budget
    assert plan.payload_symbols == 64


@pytest.mark.parametrize("cbr", [0.0, -0.1, 1.1, math.nan, math.inf])
def test_impossible_rates_are_refused(cbr: float) -> None:
    with pytest.raises(ConfigurationError, match="ratio"):
        framing.plan(512, 768, cbr, 10, 10.0)


def test_other_impossible_plans_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="256 frames"):
        framing.plan(4096, 4096, 0.5, 10, 10.0)
    with pytest.raises(ConfigurationError, match="rate map"):
        framing.plan(512, 768, 0.1, framing.MAX_RATE_MAP_BYTES + 1, 10.0)
    with pytest.raises(ConfigurationError, match="rows"):
        framing.plan(0, 768, 0.1, 10, 10.0)
    with pytest.raises(ConfigurationError, match="symbols"):
        framing.plan(512, 768, 0.1, 10, 10.0, max_frame_symbols=7)
    with pytest.raises(ConfigurationError, match="SNR"):
        framing.plan(512, 768, 0.1, 10, math.nan)


def test_repetition_grows_as_the_snr_falls() -> None:
    assert [framing.side_repetition(snr) for snr in (25.0, 10.0, 9.0, 6.0, 4.0, -5.0)] == [1, 1, 2, 3, 4, 4]


@given(
    n=st.integers(1, 30_000),
    rate_map=st.binary(max_size=400),
    max_frame_symbols=st.integers(200, 9000),
    data=st.data(),
)
@settings(max_examples=60, deadline=None)
def test_what_arrives_is_right_and_what_is_lost_is_an_erasure(
    n: int, rate_map: bytes, max_frame_symbols: int, data: st.DataObject
) -> None:
    latents = make_latents(n, rate_map, seed=n)
    frames = framing.segment(latents, 77, 10.0, max_frame_symbols)
    assert all(frame.header.n_symbols <= max_frame_symbols for frame in frames)
    assert sum(frame.symbols.size for frame in frames) - n - coding.side_symbols(
        frames[0].header.side_bytes, frames[0].header.side_repetition
    ) < 8 * len(frames)
    arrived = data.draw(st.lists(st.sampled_from(range(len(frames))), min_size=1, unique=True))
    received = [receive(frames[index]) for index in arrived]
    try:
        picture = framing.assemble(received)
    except SideInformationLost:
        assert len(arrived) < 2 / 3 * len(frames)
        return
    known = np.isfinite(picture.noise_var)
    assert np.array_equal(picture.symbols[known], latents.symbols[known])
    assert not np.any(picture.symbols[~known])
    assert np.allclose(picture.noise_var[known], 1e-6)
    lost_symbols = (len(frames) - len(arrived)) * frames[0].header.n_symbols
    assert np.count_nonzero(~known) <= lost_symbols
    assert known.all() == (len(arrived) == len(frames)) or n < lost_symbols
    assert (picture.rate_map, picture.height, picture.width, picture.model_id) == (rate_map, 512, 768, "0123abcd")
    assert (picture.picture_id, picture.frames_received, picture.frames_sent) == (77, len(arrived), len(frames))
    assert (picture.snr_db, picture.cfo_hz) == (60.0, 100.0)


def test_a_lost_frame_is_an_even_comb() -> None:
    latents = make_latents(22_872, bytes(60))
    frames = framing.segment(latents, 1, 10.0)
    picture = framing.assemble([receive(frame) for frame in frames[1:]])
    erased = np.isinf(picture.noise_var)
    assert np.diff(np.flatnonzero(erased)).max() <= 5
    assert np.mean(erased.reshape(-1, 24), axis=1) == pytest.approx(1 / 3, abs=0.1)


@pytest.mark.parametrize(("snr_db", "length"), [(10.0, 60), (10.0, 2000), (6.5, 200), (4.5, 200)])
def test_side_information_survives_the_loss_of_one_frame_in_three(snr_db: float, length: int) -> None:
    rng = np.random.default_rng(9)
    rate_map = rng.bytes(length)
    frames = framing.segment(make_latents(22_000, rate_map), 1, snr_db)
    assert len(frames) >= 3
    lost = 0
    for attempt in range(12):
        arrived = [frame for frame in frames if (frame.header.index + attempt) % 3]
        try:
            assert framing.assemble([receive(frame, snr_db, rng) for frame in arrived]).rate_map == rate_map
        except SideInformationLost:
            lost += 1
    assert lost == 0


def test_side_information_survives_zero_db() -> None:
    rng = np.random.default_rng(10)
    rate_map = rng.bytes(200)
    frames = framing.segment(make_latents(20_000, rate_map), 1, 0.0)
    for _ in range(5):
        picture = framing.assemble([receive(frame, 0.0, rng) for frame in frames])
        assert picture.rate_map == rate_map


def test_wrong_side_information_is_noticed() -> None:
    frames = framing.segment(make_latents(5000), 1, 10.0)
    broken = dataclasses.replace(receive(frames[0]), symbols=-frames[0].symbols)
    with pytest.raises(SideInformationLost, match="picture 1"):
        framing.assemble([broken])


def test_of_duplicates_the_better_one_counts() -> None:
    frame = framing.segment(make_latents(3000), 1, 10.0)[0]
    worse = dataclasses.replace(receive(frame, 10.0, np.random.default_rng(1)))
    for order in ([worse, receive(frame)], [receive(frame), worse]):
        picture = framing.assemble(order)
        assert picture.snr_db == 60.0
        assert picture.frames_received == 1
        assert np.array_equal(picture.symbols, make_latents(3000).symbols)


def test_inconsistent_frames_are_refused() -> None:
    frames = [receive(frame) for frame in framing.segment(make_latents(20_000), 1, 10.0)]
    stranger = dataclasses.replace(frames[1], header=dataclasses.replace(frames[1].header, picture_id=2))
    short = dataclasses.replace(frames[1], symbols=frames[1].symbols[:-1])
    nonsense = dataclasses.replace(frames[1], noise_var=-frames[1].noise_var)
    not_numbers = dataclasses.replace(frames[1], symbols=frames[1].symbols * np.nan)
    huge = dataclasses.replace(
        frames[1], header=dataclasses.replace(frames[1].header, side_repetition=4, side_bytes=16380)
    )
    for second in (stranger, short, nonsense, not_numbers, huge):
        with pytest.raises(InputError):
            framing.assemble([frames[0], second])
    with pytest.raises(InputError):
        framing.assemble([])


@pytest.mark.parametrize("model_id", ["", "0123", "0123abcx", "0123abcdef"])
def test_model_ids_have_eight_digits(model_id: str) -> None:
    with pytest.raises(ConfigurationError, match="model id"):
        framing.segment(dataclasses.replace(make_latents(10), model_id=model_id), 1, 10.0)


def test_assembler_returns_a_picture_with_its_last_frame_whatever_the_order() -> None:
    first = [receive(frame) for frame in framing.segment(make_latents(20_000), 1, 10.0)]
    second = [receive(frame) for frame in framing.segment(make_latents(20_000, seed=2), 2, 10.0)]
    assembler = framing.Assembler()
    mixed = [frame for pair in zip(reversed(first), second, strict=True) for frame in pair]
    results = [assembler.add(frame) for frame in mixed]
    assert [picture.picture_id for picture in results if picture is not None] == [1, 2]
    assert results[-2] is not None
    assert np.array_equal(results[-2].symbols, make_latents(20_000).symbols)
    assert assembler.flush() == []
    assert assembler.counters == framing.AssemblerCounters(frames=len(mixed), complete=2)


def test_assembler_gives_up_waiting_for_the_oldest_picture() -> None:
    assembler = framing.Assembler(max_pictures=3)
    returned = []
    for picture_id in range(6):
        frames = framing.segment(make_latents(20_000), picture_id, 10.0)
        returned += [assembler.add(receive(frame)) for frame in frames[:-1]]
    assert [picture.picture_id for picture in returned if picture is not None] == [0, 1, 2]
    assert [picture.picture_id for picture in assembler.flush()] == [3, 4, 5]
    assert assembler.counters.partial == 6


def test_assembler_counts_pictures_without_side_information() -> None:
    frames = framing.segment(make_latents(20_000), 9, 10.0, max_frame_symbols=1000)
    assembler = framing.Assembler()
    assert assembler.add(receive(frames[0])) is None
    assert assembler.flush() == []
    assert assembler.counters == framing.AssemblerCounters(frames=1, lost=1)
    assert assembler.lost_ids == [9]


def test_assembler_keeps_pictures_apart_that_share_an_id() -> None:
    old = [receive(frame) for frame in framing.segment(make_latents(20_000), 1, 10.0)]
    new = [receive(frame) for frame in framing.segment(make_latents(9000), 1, 10.0)]
    assembler = framing.Assembler()
    results = [assembler.add(frame) for frame in [*old[:-1], *new]]
    assert results[-1] is not None
    assert results[-1].symbols.size == 9000
    assert [picture.symbols.size for picture in assembler.flush()] == [20_000]
