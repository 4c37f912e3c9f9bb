# SPDX-License-Identifier: MIT
"""Who tells, who watches, and that telling changes nothing."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrisc_sdr import phy, telemetry
from lrisc_sdr.errors import ConfigurationError, InvalidMessage
from lrisc_sdr.telemetry import endpoint, messages
from lrisc_sdr.telemetry.messages import Begun, Ended, Frames, Funnel, Rows, Told, pack, unpack
from lrisc_sdr.telemetry.publisher import Publisher
from lrisc_sdr.telemetry.spectrum import spectrum_row
from lrisc_sdr.telemetry.subscriber import Subscriber
from lrisc_sdr.types import Frame, FrameHeader
from lrisc_sdr.waveform import waveform


@pytest.fixture
def place(monkeypatch) -> Iterator[Path]:
    # The name of a socket is short; that of pytest's folders may not be.
    folder = Path(tempfile.mkdtemp(prefix="lrisc-"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    monkeypatch.delenv(endpoint.VARIABLE, raising=False)
    telemetry.close()
    yield folder
    telemetry.close()
    shutil.rmtree(folder)


@pytest.fixture
def watching(place) -> Iterator[Subscriber]:
    subscriber = Subscriber("http://127.0.0.1:1/")
    yield subscriber
    subscriber.close()


def wait_for(what, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def heard(subscriber: Subscriber, until: type, wanted=telemetry.wanted, seconds: float = 30.0) -> list[Told]:
    """All that is heard up to the first message of a kind; meanwhile the other side looks whether it is wanted."""
    found: list[Told] = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        wanted()
        for told in subscriber.receive(0.1):
            found.append(told)
            if isinstance(told, until):
                return found
    raise AssertionError(f"no {until.__name__} among {found}")


def test_nobody_watches(place) -> None:
    publisher = Publisher(endpoint.endpoint())
    for _ in range(1_000):
        publisher.tell(Ended(run="r"))
    assert not publisher.wanted()
    publisher.close()


def test_who_watches_is_told_and_who_comes_later_learns_of_the_run(place) -> None:
    publisher = Publisher(endpoint.endpoint())
    begun = Begun(run="r", verb="loop", facts={"channel": "desk"})
    publisher.tell(begun)
    for _ in range(2):
        subscriber = Subscriber("here")
        assert heard(subscriber, Begun, publisher.wanted) == [begun]
        publisher.tell(Ended(run="r"))
        assert heard(subscriber, Ended, publisher.wanted) == [Ended(run="r")]
        subscriber.close()
        wait_for(lambda: not publisher.wanted())
    publisher.close()


def test_only_one_watches(watching) -> None:
    with pytest.raises(ConfigurationError, match=r"another console watches already: http://127.0.0.1:1/"):
        Subscriber("http://127.0.0.1:2/")


def test_a_folder_that_others_can_enter_is_refused(place) -> None:
    (place / "lrisc").mkdir(mode=0o755)
    (place / "lrisc").chmod(0o755)
    with pytest.raises(ConfigurationError, match="this user alone"):
        Subscriber("here")
    telemetry.tell(Ended(run="r"))
    assert not telemetry.wanted()


def test_switched_off(place, monkeypatch) -> None:
    monkeypatch.setenv(endpoint.VARIABLE, "off")
    assert not telemetry.wanted()
    with pytest.raises(ConfigurationError, match="unset it"):
        Subscriber("here")


def test_a_run_has_a_name_that_ends_with_it(watching) -> None:
    before = telemetry.run_name()
    with telemetry.announced("loop", channel="desk", snr_db=None):
        name = telemetry.run_name()
        (begun,) = heard(watching, Begun)
        assert begun == Begun(run=name, verb="loop", facts={"channel": "desk"})
    assert heard(watching, Ended)[-1].run == name
    assert telemetry.run_name() == before != name


def test_a_full_scale_carrier_has_0_dbfs() -> None:
    n = np.arange(64 * messages.BINS)
    row = spectrum_row(np.exp(2j * np.pi * 100 / messages.BINS * n).astype(np.complex64))
    level_dbfs = messages.ROW_LOWEST_DBFS + messages.ROW_STEP_DB * row
    assert level_dbfs.argmax() == messages.BINS // 2 + 100
    assert level_dbfs.max() == pytest.approx(0.0, abs=0.3)
    assert np.median(level_dbfs) == messages.ROW_LOWEST_DBFS


def stream() -> np.ndarray:
    """Three bursts between silences, with a little noise."""
    chosen, rng = waveform("pluto256"), np.random.default_rng(3)
    parts = []
    for index in range(3):
        symbols = (rng.standard_normal(2_000) + 1j * rng.standard_normal(2_000)).astype(np.complex64) / np.sqrt(2)
        parts += [
            np.zeros(5_000, np.complex64),
            phy.transmit(Frame(FrameHeader(7, index, 3, 2_000, 4, 1), symbols), chosen),
        ]
    whole = np.concatenate([*parts, np.zeros(300_000, np.complex64)])
    noise = rng.standard_normal(whole.size) + 1j * rng.standard_normal(whole.size)
    return (whole + 0.05 * noise).astype(np.complex64)


def test_the_watched_receiver_is_the_receiver(watching) -> None:
    samples, chosen = stream(), waveform("pluto256")
    plain, watched = phy.Receiver(chosen), telemetry.WatchedReceiver(chosen)
    telemetry.tell(Begun(run="r", verb="rx", facts={}))
    heard(watching, Begun)
    expected = plain.process(samples) + plain.flush()
    frames = []
    for chunk in np.array_split(samples, 9):
        frames += watched.process(chunk)
    frames += watched.flush()
    assert len(frames) == len(expected) == 3
    for one, other in zip(frames, expected, strict=True):
        assert one.header == other.header
        np.testing.assert_array_equal(one.symbols, other.symbols)
        np.testing.assert_array_equal(one.noise_var, other.noise_var)

    telemetry.tell(Ended(run="r"))
    told = heard(watching, Ended)
    points = [point for message in told if isinstance(message, Frames) for point in message.points]
    assert [point.index for point in points] == [0, 1, 2]
    for point, frame in zip(points, frames, strict=True):
        assert point.snr_db == frame.snr_db
        assert point.cfo_hz == frame.cfo_hz
        assert point.time_s == frame.start_sample / chosen.rate_sps
    last = [message for message in told if isinstance(message, Frames)][-1]
    db = np.frombuffer(last.channel_db, "<f4")
    assert np.isfinite(db).sum() == np.count_nonzero(frames[-1].channel)
    funnel = [message for message in told if isinstance(message, Funnel)][-1]
    assert {name: getattr(funnel, name) for name in asdict(plain.counters)} == asdict(plain.counters)
    rows = [message for message in told if isinstance(message, Rows)]
    starts = [sample for message in rows for sample in message.samples]
    assert starts == sorted(starts)
    assert all(len(message.levels) == messages.BINS * len(message.samples) for message in rows)


@given(st.binary(max_size=200))
def test_nothing_but_messages_is_understood(content) -> None:
    try:
        told = unpack(content)
    except InvalidMessage:
        return
    assert unpack(pack(told)) == told


@given(st.integers(0, 60), st.binary(min_size=1, max_size=3))
def test_mutated_messages(position, bytes_) -> None:
    content = pack(Begun(run="r", verb="loop", facts={"channel": "desk"}))
    mutated = content[:position] + bytes_ + content[position + len(bytes_) :]
    try:
        told = unpack(mutated)
    except InvalidMessage:
        return
    assert isinstance(told, messages.Message)
