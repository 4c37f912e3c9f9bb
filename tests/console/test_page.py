# SPDX-License-Identifier: MIT
"""The page in a real Chromium, against a real loopback run: what is drawn, and not only that it is there."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

SECONDS = 120
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def visit(browser, console) -> Iterator[Callable[..., Any]]:
    """Opens the page; what goes wrong in it fails the test."""
    contexts, faults = [], []

    def opened(path: str = "/", **options: Any) -> Any:
        context = browser.new_context(**{"viewport": DESKTOP, **options})
        context.set_default_timeout(1_000 * SECONDS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.on("request", lambda asked: faults.append(asked.url) if console.host not in asked.url else None)
        page.goto(f"http://{console.host}{path}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def pixels(page: Any, selector: str) -> np.ndarray:
    """What is drawn there, u8 `[height, width, 3]`."""
    shot = page.locator(selector).screenshot(animations="disabled")
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"))


def wait_until(page: Any, what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not what():
        assert time.monotonic() < deadline
        page.wait_for_timeout(100)


def text(page: Any, name: str) -> str:
    return page.locator(f"#{name}").inner_text()


@pytest.fixture(scope="module")
def sent(tmp_path_factory) -> list[Path]:
    """Two pictures that are nothing alike."""
    folder = tmp_path_factory.mktemp("sent")
    rows, columns = np.mgrid[0:160, 0:192]
    reds = np.stack([200 - rows // 2, columns // 2, rows // 3], axis=-1)
    blues = np.stack([columns // 3, rows // 2, 120 + columns // 2], axis=-1)
    for name, picture in (("reds", reds), ("blues", blues)):
        Image.fromarray(picture.astype(np.uint8)).save(folder / f"{name}.png")
    return [folder / "reds.png", folder / "blues.png"]


@pytest.fixture(scope="module")
def run(console, browser, tiny_model, sent, tmp_path_factory) -> dict[str, Any]:
    """A loopback run that the console has seen, its JSON, and the waterfall before, during and after it."""
    pytest.importorskip("gnuradio")
    page = browser.new_page(viewport=DESKTOP)
    page.goto(f"http://{console.host}/")
    page.wait_for_timeout(1_000)
    before = pixels(page, "#waterfall")
    out = tmp_path_factory.mktemp("runs") / "run"
    command = [
        sys.executable, "-m", "lrisc_sdr.cli", "loop", *map(str, sent), "--model", str(tiny_model), "--snr-db", "15",
        "--cbr", "1/24", "--steps", "3", "--out", str(out), "--json",
    ]  # fmt: skip
    process = subprocess.Popen(command, env=console.environment, stdout=subprocess.PIPE, text=True)
    steps = set()
    while process.poll() is None:
        steps.add(text(page, "steps-state"))
        page.wait_for_timeout(50)
    assert process.stdout is not None
    document = json.loads(process.stdout.read())
    assert process.returncode == 0
    wait_until(page, lambda: "ended" in text(page, "run"))
    page.wait_for_timeout(1_000)
    after = pixels(page, "#waterfall")
    page.close()
    return {"json": document, "before": before, "after": after, "steps": steps, "out": out}


def test_the_waterfall_shows_the_bursts(run) -> None:
    before, after = run["before"], run["after"]
    assert before.shape == after.shape  # nothing moves when data come
    changed = (before != after).any(axis=-1)
    assert changed.mean() > 0.05
    height, width = changed.shape
    row = after[: height // 8, width // 4 : 3 * width // 4].astype(int)
    edge = after[: height // 8, width - 40 : width - 12].astype(int)
    # The carriers are loud, and what lies outside of them is not: viridis is brighter in green then.
    assert row[..., 1].mean() > edge[..., 1].mean() + 30


def test_numbers_on_the_page_are_those_of_the_run(run, visit) -> None:
    page = visit()
    rows, totals = run["json"]["pictures"], run["json"]["totals"]
    wait_until(page, lambda: text(page, "decoded") == str(len(rows)))
    assert text(page, "detected") == str(totals["frames_detected"])
    assert text(page, "header_ok") == str(totals["frames_header_ok"])
    assert text(page, "payload_ok") == str(totals["frames_payload_ok"])
    assert text(page, "failed") == "0"
    for row in rows:
        page.locator("#gallery button", has_text=row["name"]).click()
        assert text(page, "title") == row["name"]
        source, jscc, final = (text(page, f"m-{kind}").split("\n") for kind in ("source", "jscc", "final"))
        assert f"{row['width']}×{row['height']}" in source
        assert f"{row['frames_received']} of {row['frames_sent']}" in source
        assert f"{row['snr_db_estimated']:.2f} dB" in source
        assert f"{row['psnr_jscc_db']:.2f} dB" in jscc
        assert f"{row['psnr_db']:.2f} dB" in final
        assert f"{row['ms_ssim']:.4f}" in final
        assert f"{row['decode_s']:.2f} s" in final
        if row["lpips"] is not None:
            assert f"{row['lpips']:.3f}" in final
    assert text(page, "snr-now").endswith(" dB")
    assert abs(float(text(page, "snr-now").removesuffix(" dB")) - totals["snr_db_estimated"]) < 1.5


def test_the_decoder_was_seen_at_work(run, visit) -> None:
    assert "3 of 3 steps" in run["steps"]
    page = visit()
    page.locator("#steps img").nth(3).wait_for()
    assert page.locator("#steps img").count() == 4
    assert page.evaluate(
        "[...document.querySelectorAll('#steps img')].every((tile) => tile.complete && tile.naturalWidth > 0)"
    )


def test_everything_is_drawn(run, visit) -> None:
    page = visit()
    wait_until(page, lambda: text(page, "decoded") == "2")
    page.wait_for_timeout(1_000)
    for name in ("waterfall", "constellation", "response", "snr", "cfo", "evm", "quality"):
        drawn = pixels(page, f"#{name}").reshape(-1, 3)
        assert len(np.unique(drawn, axis=0)) > 10, name
    accent = np.array([31, 102, 176])
    for name in ("constellation", "response", "snr", "quality"):
        near = np.abs(pixels(page, f"#{name}").astype(int) - accent).sum(axis=-1) < 40
        assert near.sum() > 20, name


def test_the_slider_shows_both_pictures(run, visit, sent) -> None:
    page = visit()
    page.locator("#gallery button", has_text="reds.png").click()
    page.select_option("#choose-a", "source")
    page.select_option("#choose-b", "final")
    slider = page.locator("#slider")
    wait_until(page, lambda: slider.is_enabled())
    page.wait_for_timeout(500)

    def at(value: int) -> np.ndarray:
        slider.evaluate("(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input')); }", value)
        page.evaluate(
            "for (const part of document.querySelectorAll('.ab .line, .tag')) part.style.visibility = 'hidden'"
        )
        return pixels(page, "#ab").astype(int)

    left, right, middle = at(100), at(0), at(50)
    assert np.abs(left - right).mean() > 0.5  # what is sent and what arrives differ
    half = left.shape[1] // 2
    assert np.abs(middle[:, : half - 4] - left[:, : half - 4]).mean() < 0.01
    assert np.abs(middle[:, half + 4 :] - right[:, half + 4 :]).mean() < 0.01

    shown = left[20:-20, left.shape[1] // 4 : 3 * left.shape[1] // 4]
    source = np.asarray(Image.open(sent[0]).convert("RGB")).mean(axis=(0, 1))
    assert np.abs(shown.mean(axis=(0, 1)) - source).max() < 12


def test_by_keyboard_alone(run, visit) -> None:
    page = visit()
    wait_until(page, lambda: text(page, "count") == "2 pictures")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    reached = []
    for _ in range(25):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.id || document.activeElement.parentElement?.parentElement?.id")
        )
    order = [name for name in dict.fromkeys(reached) if name]
    wanted = ["follow", "slider", "choose-a", "choose-b", "metric", "from", "to", "clear", "gallery"]
    assert [name for name in order if name in wanted] == wanted
    page.focus("#slider")
    before = text(page, "title")
    page.keyboard.press("[")
    wait_until(page, lambda: text(page, "title") != before)
    page.keyboard.press("]")
    wait_until(page, lambda: text(page, "title") == before)
    value = float(page.input_value("#slider"))
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    assert float(page.input_value("#slider")) > value


def test_brushing_limits_the_gallery(run, visit) -> None:
    page = visit()
    wait_until(page, lambda: text(page, "count") == "2 pictures")
    page.locator("#quality").scroll_into_view_if_needed()
    box = page.locator("#quality .u-over").bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 1, y)
    page.mouse.down()
    page.mouse.move(box["x"] + 12, y, steps=4)
    page.mouse.up()
    wait_until(page, lambda: text(page, "count") == "0 of 2 pictures")
    page.click("#clear")
    wait_until(page, lambda: text(page, "count") == "2 pictures")
    page.fill("#from", "50")
    wait_until(page, lambda: text(page, "count") == "0 of 2 pictures")
    page.fill("#from", "0")
    wait_until(page, lambda: text(page, "count") == "2 pictures")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone(run, visit, scheme) -> None:
    page = visit(viewport=PHONE, color_scheme=scheme, has_touch=True, is_mobile=True)
    wait_until(page, lambda: text(page, "decoded") == "2")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    wide = page.evaluate(
        "[...document.querySelectorAll('.card, .strip dd, button, select')].filter((part) => part.offsetParent "
        f"&& part.getBoundingClientRect().right > {PHONE['width'] + 1}).length"
    )
    assert wide == 0
    background = pixels(page, "footer")[-1, -1].astype(int).mean()
    assert background < 60 if scheme == "dark" else background > 220


def test_colours_follow_the_scheme_while_the_page_is_open(run, visit) -> None:
    page = visit(color_scheme="light")
    wait_until(page, lambda: text(page, "decoded") == "2")
    light = pixels(page, "#response").astype(int).mean()
    page.emulate_media(color_scheme="dark")
    wait_until(page, lambda: pixels(page, "#response").astype(int).mean() < light / 3)


def test_where_motion_is_not_wanted_the_page_is_drawn_once_a_second(console, visit) -> None:
    from lrisc_sdr.telemetry.messages import BINS, Begun, Rows

    def draws(**options: Any) -> int:
        page = visit(**options)
        page.wait_for_timeout(1_500)
        page.evaluate(
            """() => {
                window.drawn = 0;
                const put = CanvasRenderingContext2D.prototype.putImageData;
                CanvasRenderingContext2D.prototype.putImageData = function (...all) {
                    window.drawn++;
                    put.apply(this, all);
                };
            }"""
        )
        for i in range(30):
            console.tell(Rows(run="motion", samples=[i], rate_sps=1e3, levels=bytes([i]) * BINS))
            page.wait_for_timeout(60)
        page.wait_for_timeout(1_200)
        return int(page.evaluate("window.drawn"))

    console.tell(Begun(run="motion", verb="rx", facts={}))
    assert 1 <= draws(reduced_motion="reduce") < draws(reduced_motion="no-preference")


def test_a_capture_is_replayed_by_a_button_and_not_by_the_address(start_console, browser, tiny_model) -> None:
    captures = Path(__file__).resolve().parents[2] / "captures"
    console = start_console("--captures", captures, "--model", tiny_model)
    page = browser.new_page(viewport=DESKTOP)
    page.set_default_timeout(1_000 * SECONDS)
    page.goto(f"http://{console.host}/?replay=clean")
    page.locator("#replay").wait_for()
    assert page.input_value("#capture") == "clean"
    page.wait_for_timeout(2_000)
    assert text(page, "run") == "waiting for a run"
    page.keyboard.press("Enter")  # the button has the focus
    wait_until(page, lambda: "replay" in text(page, "run") and "ended" in text(page, "run"))
    assert "clean" in text(page, "radio")
    assert int(text(page, "detected")) > 0
    page.close()
