# SPDX-License-Identifier: MIT
"""What Prometheus is told of receivers and transmitters."""

from __future__ import annotations

import re
import time

import pytest

from lrisc_sdr.console.figures import KEPT, Figures
from lrisc_sdr.telemetry.messages import Funnel, Overflows, Transmitter

pytest.importorskip("prometheus_client", reason="prometheus-client is not installed")


def funnel(run: str, receiver: int, detected: int, header_ok: int) -> Funnel:
    return Funnel(
        run=run, receiver=receiver, samples=1_000, detected=detected, header_ok=header_ok, payload_ok=1, interrupted=0,
        cut=0, rate_sps=4e6, busy_s=0.1,
    )  # fmt: skip


def values(text: str) -> dict[str, float]:
    return {name: float(value) for name, value in re.findall(r"^(lrisc_\S+) (\S+)$", text, re.MULTILINE)}


def collected(figures: Figures) -> dict[str, float]:
    from prometheus_client import generate_latest

    return values(generate_latest(figures).decode())


def test_receivers_of_several_runs_add_up_and_never_fall() -> None:
    figures = Figures()
    for told in (funnel("a", 1, 5, 4), funnel("a", 1, 9, 7), funnel("a", 2, 2, 2), funnel("b", 1, 1, 0)):
        figures.take(told)
    assert collected(figures) == {
        'lrisc_frames_total{stage="detected"}': 12.0,
        'lrisc_frames_total{stage="header_ok"}': 9.0,
        "lrisc_rx_overflows_total": 0.0,
    }


def test_dropped_buffers_of_several_receivers_add_up_and_never_fall() -> None:
    figures = Figures()
    for receiver, dropped in ((1, 0), (1, 3), (2, 2), (1, 3), (1, 4)):
        figures.take(Overflows(run="a", receiver=receiver, dropped=dropped))
    figures.take(Overflows(run="b", receiver=1, dropped=1))
    assert collected(figures)["lrisc_rx_overflows_total"] == 7.0


def test_a_transmitter_is_on_from_its_power_up_until_it_was_found_off() -> None:
    figures = Figures()
    for state, on in (("armed", 0.0), ("on", 1.0), ("off", 0.0)):
        figures.take(Transmitter(run="a", state=state, radio="pluto", band="433 MHz"))
        assert collected(figures)['lrisc_tx_on{radio="pluto"}'] == on


def test_what_is_remembered_is_bounded() -> None:
    figures = Figures()
    for n in range(2 * KEPT):
        figures.take(Transmitter(run="a", state="on", radio=f"radio-{n}", band="433 MHz"))
    assert sum(name.startswith("lrisc_tx_on") for name in collected(figures)) == KEPT


def test_the_console_answers_a_scrape(console) -> None:
    console.tell(funnel("a", 1, 5, 4), Transmitter(run="a", state="on", radio="pluto", band="433 MHz"))
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        status, body, _ = console.ask("/metrics")
        assert status == 200
        if len(values(body.decode())) == 4 and "tx_on" in body.decode():
            break
        time.sleep(0.05)
    found = values(body.decode())
    assert found['lrisc_tx_on{radio="pluto"}'] == 1.0
    assert found['lrisc_frames_total{stage="detected"}'] == 5.0
