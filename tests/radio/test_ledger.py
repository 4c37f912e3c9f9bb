# SPDX-License-Identifier: MIT
"""The ledger: no window holds more than the duty cycle, whatever the order of bookings, crashes and restarts."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrisc_sdr.errors import ConfigurationError, TransmitRefused
from lrisc_sdr.radio.bands import Band, Emission
from lrisc_sdr.radio.ledger import Ledger

BAND = Band("test", 2400e6, 2483.5e6, 10.0, 0.1, 100.0, 10.0)
EMISSION = Emission(2448e6, 2452e6)


class Clock:
    def __init__(self) -> None:
        self.now_s = 1.8e9

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(tmp_path: Path, clock: Clock) -> Ledger:
    return Ledger(tmp_path / "state" / "ledger.sqlite3", clock)


def used_s(ledger: Ledger, band: Band = BAND) -> float:
    """What the ledger counts in the window: how much less than all can be booked."""
    low, high = 0.0, band.duty_cycle * band.duty_window_s
    for _ in range(16):
        middle = (low + high) / 2
        try:
            ledger.require_room(band, middle)
            low = middle
        except TransmitRefused:
            high = middle
    return band.duty_cycle * band.duty_window_s - low


def test_the_window_slides(ledger: Ledger, clock: Clock) -> None:
    booking = ledger.book(BAND, EMISSION, 6.0, 8.0)
    clock.now_s += 6
    ledger.settle(booking, 6.0)
    with pytest.raises(TransmitRefused, match=r"6 of 10 s"):
        ledger.require_room(BAND, 4.1)
    booking = ledger.book(BAND, EMISSION, 4.0, 4.0)
    clock.now_s += 4
    ledger.settle(booking, 4.0)
    clock.now_s += 91  # one second of the first six has left the window
    ledger.require_room(BAND, 1.0)
    with pytest.raises(TransmitRefused):
        ledger.require_room(BAND, 1.1)
    clock.now_s += 5
    ledger.require_room(BAND, 6.0)


def test_a_booking_survives_the_process_that_made_it(tmp_path: Path) -> None:
    """It is killed between booking and settling, with nothing closed."""
    path = tmp_path / "ledger.sqlite3"
    code = (
        "import os, pathlib, signal; from lrisc_sdr.radio.ledger import Ledger; "
        "from lrisc_sdr.radio.bands import Band, Emission; "
        f"Ledger(pathlib.Path({str(path)!r})).book({BAND!r}, {EMISSION!r}, 7.0, 60.0); "
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    assert used_s(Ledger(path)) == pytest.approx(7.0, abs=1e-3)


def test_bookings_count_by_frequency(ledger: Ledger) -> None:
    ledger.book(BAND, EMISSION, 7.0, 7.0)
    assert used_s(ledger, replace(BAND, name="renamed")) == pytest.approx(7.0, abs=1e-3)
    assert used_s(ledger, replace(BAND, low_hz=2450e6)) == pytest.approx(7.0, abs=1e-3)
    assert used_s(ledger, replace(BAND, low_hz=5725e6, high_hz=5875e6)) == pytest.approx(0.0, abs=1e-3)


def test_without_a_duty_limit_everything_is_booked(ledger: Ledger) -> None:
    free = replace(BAND, duty_cycle=1.0)
    ledger.book(free, EMISSION, 1000.0, 1000.0)
    ledger.book(free, EMISSION, 1000.0, 1000.0)
    with pytest.raises(TransmitRefused):
        ledger.require_room(BAND, 0.1)


def test_a_clock_that_is_set_back_frees_nothing(ledger: Ledger, clock: Clock) -> None:
    booking = ledger.book(BAND, EMISSION, 7.0, 7.0)
    clock.now_s -= 1e6
    assert used_s(ledger) == pytest.approx(7.0, abs=1e-3)
    ledger.settle(booking, 7.0)
    assert used_s(ledger) == pytest.approx(7.0, abs=1e-3)


@pytest.mark.parametrize("damage", ["text", "folder"])
def test_a_damaged_ledger_is_an_error(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "ledger.sqlite3"
    if damage == "text":
        path.write_text("not a database, but long enough to be taken for one " * 100)
    else:
        path.mkdir()
    with pytest.raises(ConfigurationError, match="nothing is sent"):
        Ledger(path).require_room(BAND, 0.1)


steps = st.lists(
    st.tuples(
        st.floats(0, 80),  # pause before it
        st.floats(0.01, 10),  # time on the air that is asked for
        st.floats(0, 1),  # share of it that is sent
        st.floats(1, 3),  # how long it takes over that time
        st.floats(0, 1),  # where within it the burst lies
        st.booleans(),  # the process is killed before it can settle
        st.booleans(),  # the next one does not wait for its end: another radio
    ),
    max_size=8,
)


@settings(max_examples=25)
@given(steps=steps, duty_cycle=st.floats(0.02, 0.5))
def test_no_window_holds_more_than_the_duty_cycle(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[float, ...]], duty_cycle: float
) -> None:
    band, clock = replace(BAND, duty_cycle=duty_cycle), Clock()
    path = tmp_path_factory.getbasetemp() / "property.sqlite3"
    path.unlink(missing_ok=True)
    sent: list[tuple[float, float]] = []
    for pause_s, asked_s, share, slowness, place, killed, overlaps in steps:
        clock.now_s += pause_s
        ledger = Ledger(path, clock)  # a restart every time
        within_s = asked_s * slowness
        try:
            booking = ledger.book(band, EMISSION, asked_s, within_s)
        except TransmitRefused:
            continue
        began_s = clock.now_s + place * (within_s - share * asked_s)
        sent.append((began_s, began_s + share * asked_s))
        if not overlaps:
            clock.now_s += within_s
            if not killed:
                ledger.settle(booking, share * asked_s)
    # A window's content is largest where it begins or ends at an edge of a burst.
    edges = [edge for burst in sent for edge in burst]
    for end_s in [*edges, *(edge + band.duty_window_s for edge in edges)]:
        start_s = end_s - band.duty_window_s
        total_s = sum(max(0.0, min(end_s, b) - max(start_s, a)) for a, b in sent)
        assert total_s <= duty_cycle * band.duty_window_s + 1e-5


@given(st.lists(st.floats(0.01, 3), min_size=1, max_size=8))
@settings(max_examples=15)
def test_what_is_left_is_what_can_be_booked(tmp_path_factory: pytest.TempPathFactory, asked: list[float]) -> None:
    """The ledger refuses nothing that the limit allows, and allows nothing that it does not."""
    path = tmp_path_factory.getbasetemp() / "left.sqlite3"
    path.unlink(missing_ok=True)
    ledger, booked_s = Ledger(path, Clock()), 0.0
    for air_time_s in asked:
        if booked_s + air_time_s <= 10.0:
            ledger.book(BAND, EMISSION, air_time_s, air_time_s)
            booked_s += air_time_s
        else:
            with pytest.raises(TransmitRefused):
                ledger.book(BAND, EMISSION, air_time_s, air_time_s)
