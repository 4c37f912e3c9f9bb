# SPDX-License-Identifier: MIT
"""What a client is told, and that neither clients nor pictures make the scene grow."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image

from lrisc_sdr.console.gallery import MAX_PICTURES, distances_db, thumbnail
from lrisc_sdr.console.scene import KEPT_POINTS, KEPT_ROWS, Scene, as_text
from lrisc_sdr.evaluation.pixels import psnr_db
from lrisc_sdr.telemetry.messages import (
    BINS,
    Begun,
    Decoders,
    Ended,
    Frames,
    Funnel,
    Picture,
    Point,
    Rows,
    Scores,
    Source,
    Stage,
    Step,
    Transmitter,
)

BEGUN = Begun(run="r", verb="loop", facts={"channel": "desk"})


def frames(*times: float, picture_id: int = 0) -> Frames:
    points = [Point(time_s, picture_id, 0, 10.0, 1.0, -10.0) for time_s in times]
    return Frames(run="r", points=points, symbols=b"\0\0", channel_db=b"", spacing_hz=1.0)


def funnel(receiver: int, detected: int) -> Funnel:
    return Funnel(
        run="r", receiver=receiver, samples=detected, detected=detected, header_ok=0, payload_ok=0, interrupted=0,
        cut=0, rate_sps=1e6, busy_s=1.0,
    )  # fmt: skip


def picture(run: str = "r", picture_id: int = 0, stream: str = "s", final: bytes = b"f", ok: bool = True) -> Picture:
    return Picture(run=run, picture_id=picture_id, ok=ok, stream=stream, snr_db=10.0, final=final, jscc=b"j")


def png(value: int, side: int = 8) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.full((side, side, 3), value, np.uint8)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def scene() -> Scene:
    made = Scene()
    made.take(BEGUN)
    return made


def test_a_client_is_told_what_is_new(scene) -> None:
    first = scene.update(0)
    assert first["anew"]
    assert first["run"] == BEGUN
    assert set(scene.update(first["version"])) == {"version", "anew"}
    scene.take(Stage(run="r", stage="encoding", done=1, total=3))
    second = scene.update(first["version"])
    assert set(second) == {"version", "anew", "stage"}
    assert not second["anew"]


def test_a_slow_client_is_told_the_latest_and_no_more(scene) -> None:
    seen = scene.update(0)["version"]
    for i in range(20_000):
        scene.take(Rows(run="r", samples=[i], rate_sps=1.0, levels=bytes(BINS)))
        scene.take(frames(float(i)))
        scene.take(Stage(run="r", stage="receiving", done=i, total=None))
    update = scene.update(seen)
    assert update["stage"].done == 19_999
    assert len(update["rows"]) == KEPT_ROWS
    assert update["points"][-1][0] == 19_999.0
    assert len(as_text(update)) < 300_000
    assert len(scene.update(0)["points"]) == KEPT_POINTS


def test_a_row_comes_once(scene) -> None:
    seen = scene.update(0)["version"]
    scene.take(Rows(run="r", samples=[5, 10], rate_sps=10.0, levels=bytes([1]) * BINS + bytes([2]) * BINS))
    update = scene.update(seen)
    assert [at_s for at_s, _ in update["rows"]] == [0.5, 1.0]
    assert "rows" not in scene.update(update["version"])


def test_another_run_begins_the_page_anew_and_keeps_the_pictures(scene) -> None:
    scene.take(frames(0.0))
    scene.take(picture())
    seen = scene.update(0)["version"]
    scene.take(Begun(run="other", verb="rx", facts={}))
    update = scene.update(seen)
    assert update["anew"]
    assert "points" not in update
    assert [entry["key"] for entry in scene.update(0)["pictures"]] == ["000001"]


def test_a_run_that_goes_on_comes_back_when_the_later_one_has_ended(scene) -> None:
    scene.take(Begun(run="other", verb="rx", facts={}))
    scene.take(Stage(run="r", stage="receiving", done=1, total=None))
    assert "stage" not in scene.update(0)
    scene.take(Ended(run="other"))
    scene.take(Stage(run="r", stage="receiving", done=2, total=None))
    assert scene.update(0)["run"] == BEGUN
    assert scene.update(0)["stage"].done == 2


def test_a_transmitter_is_shown_whoever_has_it(scene) -> None:
    scene.take(Transmitter(run="elsewhere", state="on", radio="pluto", band="test"))
    assert scene.update(0)["transmitter"].state == "on"
    scene.take(Begun(run="other", verb="rx", facts={}))
    assert scene.update(0)["transmitter"].state == "on"


def test_sending_takes_the_page_from_no_receiver(scene) -> None:
    sending = Begun(run="t", verb="tx", facts={"radio": "pluto"})
    scene.take(frames(0.0))
    scene.take(sending)
    assert scene.update(0)["run"] == BEGUN
    scene.take(Ended(run="r"))
    scene.take(Stage(run="t", stage="sending", done=1, total=2))
    assert scene.update(0)["run"] == BEGUN
    assert len(scene.update(0)["points"]) == 1
    scene.take(sending)
    assert scene.update(0)["run"] == sending
    scene.take(Begun(run="other", verb="rx", facts={}))
    assert scene.update(0)["run"].run == "other"


def test_what_receives_nothing_is_no_receiver() -> None:
    scene = Scene()
    scene.take(Stage(run="process-1", stage="training", done=1, total=2))
    scene.take(Transmitter(run="process-2", state="off", radio="pluto", band=""))
    assert set(scene.update(0)) == {"version", "anew", "transmitter"}


def test_a_decoder_service_without_a_run_is_shown() -> None:
    scene = Scene()
    told = Decoders(run="process-1", workers=2, models=[], spool={"ready": 1}, used_bytes=1, quota_bytes=2)
    scene.take(told)
    assert scene.update(0)["decoders"] == told


def test_receivers_one_after_the_other_are_added(scene) -> None:
    scene.take(funnel(1, 3))
    scene.take(funnel(1, 5))
    scene.take(funnel(2, 4))
    assert scene.update(0)["funnel"]["detected"] == 9
    scene.take(frames(0.0, 1.0, 5.0))
    scene.take(frames(0.0, 1.0))
    assert [point[0] for point in scene.update(0)["points"]] == [0.0, 1.0, 5.0, 5.0, 6.0]


def test_a_picture_and_what_becomes_of_it(scene) -> None:
    scene.take(Source(run="r", picture_id=3, name="cat.png", file=b"s"))
    scene.take(Step(run="r", picture_id=3, done=1, steps=2, file=b"1"))
    scene.take(Step(run="r", picture_id=3, done=2, steps=2, file=b"2"))
    entry = scene.take(picture(picture_id=3))
    assert entry is not None
    scores = {"psnr_db": 30.0, "psnr_jscc_db": 29.0, "ms_ssim": 0.9, "lpips": 0.2, "lpips_jscc": 0.3}
    scene.take(Scores(run="r", picture_id=3, stream="s", name="cat.png", **scores))
    (shown,) = scene.update(0)["pictures"]
    assert shown["name"] == "cat.png"
    assert shown["files"] == ["source", "jscc", "final"]
    assert shown["steps"] == [1, 2]
    assert scores.items() <= shown.items()
    assert scene.update(0)["funnel"]["decoded"] == 1


def test_a_number_that_comes_again_in_another_stream_is_another_picture(scene) -> None:
    scene.take(picture(stream="a"))
    scene.take(picture(stream="a", final=b"better"))
    scene.take(picture(stream="b"))
    scene.take(picture(run="r", picture_id=1, ok=False))
    assert len(scene.gallery.entries) == 3
    assert scene.update(0)["funnel"]["failed"] == 1


def test_a_picture_of_a_capture_says_where_it_lies() -> None:
    scene = Scene()
    scene.take(Begun(run="r", verb="replay", facts={"capture": "desk.sigmf-meta"}))
    scene.take(frames(0.5, 0.6, picture_id=2))
    entry = scene.take(picture(picture_id=2))
    assert entry is not None
    assert entry.facts["capture"] == "desk"
    assert entry.facts["from_s"] == pytest.approx(0.48)
    assert entry.facts["to_s"] > 0.6


def test_the_newest_pictures_are_kept(scene) -> None:
    for i in range(MAX_PICTURES + 50):
        scene.take(picture(picture_id=i))
    assert len(scene.gallery.entries) == MAX_PICTURES
    assert next(iter(scene.gallery.entries)) == "000051"


def test_an_update_is_json(scene) -> None:
    scene.take(frames(float("nan")))
    scene.take(picture())
    assert json.loads(as_text(scene.update(0)))["points"][0][0] is None


def test_distances_are_the_metrics_of_a_run() -> None:
    found = distances_db(png(100), png(110), png(104))
    x = np.full((8, 8, 3), 100, np.uint8)
    assert found == (psnr_db(x, x + np.uint8(10)), psnr_db(x, x + np.uint8(4)))
    assert distances_db(png(100), png(100, side=9), png(100)) == (None, None)
    assert distances_db(b"no picture", png(1), png(1)) == (None, None)


def test_thumbnails_are_small_and_of_pictures_only() -> None:
    with Image.open(io.BytesIO(thumbnail(png(7, side=900)))) as small:
        assert max(small.size) <= 240
    with pytest.raises(OSError):
        thumbnail(b"GIF89a" + bytes(100))
