# SPDX-License-Identifier: MIT
"""The state of a transmitter on the page, while `lrisc tx` sends to a Pluto made of software."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lrisc_sdr.virtual_pluto import VirtualPluto

pytest.importorskip("iio", reason="libiio and pylibiio are not installed", exc_type=Exception)
pytest.importorskip("adi", reason="pyadi-iio is not installed")

SECONDS = 120
COLOURS = {"armed": "warn", "on": "bad", "off": ""}


@pytest.fixture(scope="module")
def page(console, browser) -> Iterator[Any]:
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    opened.goto(f"http://{console.host}/")
    # What is shown for a moment only is noted by the page itself.
    opened.evaluate(
        """() => {
            window.seen = [];
            const show = () => window.seen.push(document.getElementById("tx").innerText);
            new MutationObserver(show).observe(document.getElementById("tx"), { childList: true });
        }"""
    )
    yield opened
    opened.close()


@pytest.fixture
def send(
    console, tiny_model: Path, tmp_path: Path, allowed: dict[str, str]
) -> Iterator[Callable[[str], subprocess.Popen[bytes]]]:
    """Starts `lrisc tx` of six pictures to a radio."""
    rng = np.random.default_rng(1)
    picture = tmp_path / "picture.png"
    Image.fromarray(rng.integers(0, 255, (160, 192, 3), dtype=np.uint8)).save(picture)
    environment = console.environment | allowed
    started: list[subprocess.Popen[bytes]] = []

    def tx(uri: str) -> subprocess.Popen[bytes]:
        words = ["tx", *[str(picture)] * 6, "--model", str(tiny_model), "--radio", "pluto", "--uri", uri, "--transmit"]
        started.append(subprocess.Popen([sys.executable, "-m", "lrisc_sdr.cli", *words], env=environment))
        return started[-1]

    yield tx
    for process in started:
        process.kill()
        process.wait()


def until(page: Any, what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not what():
        assert time.monotonic() < deadline, page.locator(".strip").inner_text()
        page.wait_for_timeout(20)


def state(page: Any) -> str:
    shown = page.locator("#tx").inner_text().split(" · ")[0]
    return shown if shown in COLOURS else ""


def colour_of(page: Any) -> str:
    return page.locator("#tx-dot").evaluate("dot => getComputedStyle(dot).backgroundColor")


def test_armed_on_and_off_are_shown(page, send) -> None:
    with VirtualPluto() as plutos:
        idle = colour_of(page)
        process = send(plutos.uris[0])
        until(page, lambda: state(page) == "on")
        red, green, blue = (int(part) for part in colour_of(page).strip("rgb()").split(","))
        assert red > green + blue
        assert page.locator("#run").inner_text().startswith("tx")
        assert process.wait(SECONDS) == 0
        until(page, lambda: state(page) == "off")
    assert colour_of(page) == idle
    until(page, lambda: page.locator("#run").inner_text().endswith("ended"))
    told = [shown.split(" · ") for shown in page.evaluate("window.seen")]
    assert [words[0] for words in told] == ["armed", "on", "off"]
    assert all(words[1:] == [f"pluto {plutos.uris[0]}", "test"] for words in told)


def test_a_transmitter_whose_process_was_killed_is_shown_off(page, send) -> None:
    with VirtualPluto() as plutos:
        process = send(plutos.uris[0])
        until(page, lambda: state(page) == "on")
        process.kill()
        until(page, lambda: state(page) == "off")
        assert not plutos.stations[0].state.tx_powered
