# SPDX-License-Identifier: MIT
"""`lrisc loop` from end to end: real codec, framing, flowgraph, channel, receiver, link and decoder, a tiny model."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lrisc_sdr.cli import main

FIELDS = [
    "name", "height", "width", "frames_sent", "frames_received",
    "snr_db_told", "snr_db_true", "snr_db_estimated", "cfo_hz_estimated",
    "cbr_payload", "cbr_frame", "cbr_air", "psnr_db", "psnr_jscc_db", "ms_ssim", "lpips", "lpips_jscc",
    "encode_s", "air_s", "receive_s", "decode_s",
]  # fmt: skip
SAMPLING = ("--steps", 2, "--start", "noise", "--perception", 0.25)
FOLDER = {
    "DONE", "config.toml", "env.json", "metrics.json", "pictures.jsonl",
    *(f"{kind}/{stem}.png" for kind in ("source", "jscc", "final", "compare") for stem in ("smooth", "grey")),
}  # fmt: skip


@pytest.fixture(autouse=True)
def gnuradio() -> None:
    pytest.importorskip("gnuradio")


def files(path: Path) -> set[str]:
    return {str(file.relative_to(path)) for file in path.rglob("*") if file.is_file()}


def test_pictures_go_through_the_whole_link(tiny_model, picture, start, tmp_path) -> None:
    grey = tmp_path / "grey.png"
    Image.fromarray(np.asarray(Image.open(picture).convert("L"))[:101, :67]).save(grey)
    out = tmp_path / "run"
    options = ("--snr-db", 15, "--cbr", "1/24", *SAMPLING, "--out", out, "--json")
    command = start("loop", picture, grey, "--model", tiny_model, *options)
    assert command.wait() == 0, command.stderr
    document = json.loads(command.stdout)
    assert list(document) == ["pictures", "totals", "versions", "notes"]
    assert [row["name"] for row in document["pictures"]] == ["smooth.png", "grey.png"]
    for row in document["pictures"]:
        assert list(row) == FIELDS
        assert row["frames_received"] == row["frames_sent"] > 0
        assert row["snr_db_true"] == pytest.approx(15.0, abs=0.02)  # and not quite: the transmitter clips
        assert abs(row["snr_db_estimated"] - 15.0) < 1.0
        assert row["cbr_payload"] < row["cbr_frame"] < row["cbr_air"]
        missing = {field for field in FIELDS if row[field] is None}
        assert missing <= set(document["notes"]), (missing, document["notes"])
        assert row["psnr_db"] is not None
        assert row["decode_s"] > 0
        assert row["receive_s"] > 0
    assert document["pictures"][0]["cbr_frame"] <= 1 / 24
    assert document["totals"]["pictures_decoded"] == 2
    assert document["versions"]["model_id"]
    assert document["versions"]["gnuradio"]
    assert files(out) == FOLDER
    assert 'steps = 2\nstart = "noise"\nperception = 0.25\n' in (out / "config.toml").read_text()
    assert json.loads((out / "metrics.json").read_text()) == document
    assert [json.loads(line) for line in (out / "pictures.jsonl").read_text().splitlines()] == document["pictures"]
    with Image.open(out / "final" / "grey.png") as image:
        assert image.size == (67, 101)
    with Image.open(out / "compare" / "smooth.png") as image:
        assert image.width >= 3 * 192
        assert image.height >= 160
    assert "Traceback" not in command.stderr


def test_in_a_closed_loop_the_receiver_tells_the_next_encoder_and_a_region_has_its_own_figures(
    tiny_model, picture, start, tmp_path
) -> None:
    out = tmp_path / "run"
    options = ("--snr-db", 15, "--cbr", "1/24", "--steps", 0, "--roi", "box:20,20,90,80", "--out", out, "--json")
    command = start("loop", picture, picture, "--model", tiny_model, "--closed-loop", "--snr-margin-db", 2, *options)
    assert command.wait() == 0, command.stderr
    first, second = json.loads(command.stdout)["pictures"]
    assert first["snr_db_told"] == -2.0
    assert second["snr_db_told"] == pytest.approx(first["snr_db_estimated"] - 2.0)
    for row in (first, second):
        assert row["frames_received"] == row["frames_sent"] > 0
        assert row["psnr_inside_db"] > row["psnr_outside_db"]
    # Less protection of the side information leaves more for the latents.
    assert second["cbr_payload"] > first["cbr_payload"]
    assert 'roi = "box:20,20,90,80"' in (out / "config.toml").read_text()
    assert [json.loads(line) for line in (out / "pictures.jsonl").read_text().splitlines()] == [first, second]


def save_every_mode(picture: Path, folder: Path) -> dict[str, tuple[int, int]]:
    """Small pictures of all kinds in a folder; their names, and their sizes as they are seen `[pixels]`."""
    folder.mkdir()
    whole = Image.open(picture)
    turned = Image.Exif()
    turned[0x0112] = 6  # EXIF's orientation: the top is on the right
    transparent = whole.convert("RGBA")
    transparent.putalpha(whole.convert("L"))
    sixteen = Image.fromarray(np.asarray(whole.convert("L")).astype(np.uint16) * 257)
    kinds = [
        ("smallest.png", whole, (32, 32), {}),
        ("odd.png", whole, (33, 47), {}),
        ("wide palette.png", whole.convert("RGB").quantize(32), (101, 38), {}),
        ("transparent.png", transparent, (97, 61), {}),
        ("16 bits.png", sixteen, (64, 50), {}),
        ("cmyk.jpg", whole.convert("CMYK"), (55, 80), {}),
        ("turned.jpg", whole, (90, 40), {"exif": turned}),
    ]
    for name, image, (width, height), options in kinds:
        image.crop((0, 0, width, height)).save(folder / name, **options)
    return {name: size[::-1] if name == "turned.jpg" else size for name, _, size, _ in kinds}


def test_pictures_of_any_size_and_mode_and_the_same_again_from_the_same_seed(
    tiny_model, picture, start, tmp_path
) -> None:
    sizes = save_every_mode(picture, tmp_path / "pictures")
    options = ("--model", tiny_model, "--snr-db", 10, "--steps", 1, "--seed", 3)
    outs = [tmp_path / "run-0", tmp_path / "run-1"]
    commands = [start("loop", tmp_path / "pictures", *options, "--out", out) for out in outs]
    for command, out in zip(commands, outs, strict=True):
        assert command.wait() == 0, command.stderr
        assert str(out) in command.stderr
        assert "turned.jpg" in command.stdout
    assert "too small for its own headers" in commands[0].stdout
    for name, size in sizes.items():
        first, again = (out / "final" / f"{Path(name).stem}.png" for out in outs)
        with Image.open(first) as image:
            assert image.size == size
        assert first.read_bytes() == again.read_bytes()


def test_a_picture_that_drowns_in_noise_ends_with_6_and_says_so(tiny_model, picture, start, tmp_path) -> None:
    command = start("loop", picture, "--model", tiny_model, "--snr-db", -25, "--out", tmp_path / "run", "--json")
    assert command.wait() == 6, command.stderr
    document = json.loads(command.stdout)
    (row,) = document["pictures"]
    assert row["frames_received"] == 0
    assert row["psnr_db"] is None
    assert "no frame arrived" in document["notes"]["smooth.png"]
    assert document["totals"]["pictures_failed"] == 1
    assert "1 of 1 pictures failed" in command.stderr
    assert len(command.stderr.splitlines()) == 2
    assert (tmp_path / "run" / "DONE").exists()


def test_a_killed_decoder_ends_the_run(tiny_model, picture, start, tmp_path, gone_within) -> None:
    command = start("loop", picture, "--model", tiny_model, "--out", tmp_path / "run")
    flowgraph, decoder = command.child("lrisc_sdr.blocks.run"), command.child("decode")
    os.kill(decoder, signal.SIGKILL)
    assert command.wait(120) == 1
    assert command.stderr == "lrisc: the decoder process was killed by SIGKILL\n"
    assert gone_within(flowgraph, 0)
    assert not list(tmp_path.glob("*run*"))


def test_a_killed_flowgraph_ends_the_run(tiny_model, picture, start, tmp_path, gone_within) -> None:
    command = start("loop", picture, "--model", tiny_model, "--out", tmp_path / "run")
    flowgraph, decoder = command.child("lrisc_sdr.blocks.run"), command.child("decode")
    os.kill(flowgraph, signal.SIGKILL)
    assert command.wait(120) == 1
    assert command.stderr == "lrisc: the flowgraph process was killed by SIGKILL\n"
    assert gone_within(decoder, 0)
    assert not list(tmp_path.glob("*run*"))


def test_a_block_that_raises_ends_the_run(tiny_model, picture, start, tmp_path) -> None:
    """Python runs `sitecustomize` first: here it breaks the receiver, in whichever process uses it."""
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "sitecustomize.py").write_text(
        "import sys\n"
        "if 'lrisc_sdr.blocks.run' in sys.orig_argv:\n"
        "    from lrisc_sdr import phy\n"
        "    def process(self, samples):\n"
        "        raise ValueError('broken on purpose')\n"
        "    phy.Receiver.process = phy.Receiver.flush = process\n"
    )
    path = os.pathsep.join(filter(None, [str(tmp_path / "broken"), os.environ.get("PYTHONPATH")]))
    command = start("loop", picture, "--model", tiny_model, "--out", tmp_path / "run", environment={"PYTHONPATH": path})
    assert command.wait() == 1
    (line,) = command.stderr.splitlines()
    assert line.startswith("lrisc: the flowgraph process failed: ")
    assert "receiver" in line
    assert "broken on purpose" in line
    assert not list(tmp_path.glob("*run*"))


@pytest.mark.parametrize(
    ("number", "code", "line"),
    [(signal.SIGINT, 130, "lrisc: interrupted\n"), (signal.SIGTERM, 143, "lrisc: ended by SIGTERM\n")],
)
def test_an_ending_signal_leaves_nothing(number, code, line, tiny_model, picture, start, tmp_path, gone_within) -> None:
    (tmp_path / "temporary").mkdir()
    command = start(
        "loop", picture, "--model", tiny_model, "--out", tmp_path / "run",
        environment={"TMPDIR": str(tmp_path / "temporary")},
    )  # fmt: skip
    processes = [command.child("lrisc_sdr.blocks.run"), command.child("decode")]
    command.process.send_signal(number)
    assert command.wait(120) == code
    assert command.stderr == line
    assert all(gone_within(pid, 0) for pid in processes)
    assert not list(tmp_path.glob("*run*"))
    # But for the private folder in which every run of a user can be watched: nothing is left in it.
    assert not [path for path in (tmp_path / "temporary").rglob("*") if path.name != f"lrisc-{os.getuid()}"]


def test_the_children_of_a_killed_run_die_with_it(tiny_model, picture, start, tmp_path, gone_within) -> None:
    command = start("loop", picture, "--model", tiny_model, "--out", tmp_path / "run")
    processes = [command.child("lrisc_sdr.blocks.run"), command.child("decode")]
    command.process.kill()
    assert all(gone_within(pid, 5) for pid in processes)
    assert not (tmp_path / "run").exists()


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "text.png"
    path.write_text("this is no picture")
    return path


@pytest.mark.parametrize(
    ("change", "code", "complaint"),
    [
        ({"picture": "missing.png"}, 7, "missing.png"),
        ({"picture": "text.png"}, 7, "text.png"),
        ({"picture": "empty"}, 7, "no pictures in it"),
        ({"--cbr": "0"}, 3, "at most 1"),
        ({"--cbr": "1"}, 3, "smooth.png"),
        ({"--cbr": "much"}, 2, "1/48"),
        ({"--snr-db": "nan"}, 3, "--snr-db"),
        ({"--model": "huge"}, 3, "huge"),
        ({"--waveform": "pluto255"}, 3, "pluto256"),
        ({"--channel": "dask"}, 3, "desk"),
        ({"--out": "text.png"}, 3, "--out"),
        ({"--out": "text.png/run"}, 3, "--out"),
        ({"--steps": "99"}, 2, "steps"),
        ({"--start": "nois"}, 2, "'jscc', 'noise'"),
        ({"--perception": "1.5"}, 2, "--perception"),
        ({"--perception": "nan"}, 2, "--perception"),
        ({"--seed": "-1"}, 2, "seed"),
        ({"--mode": "other"}, 2, "uniform"),
        ({"--roi": "ring:1"}, 2, "box:X,Y,WIDTH,HEIGHT"),
        ({"--roi": "box:500,500,9,9"}, 3, "nothing of it"),
        ({"--roi": "file:missing.png"}, 7, "missing.png"),
        ({"--roi": "file:text.png"}, 7, "text.png"),
        ({"--roi": "box:5,5,9,9", "--mode": "uniform"}, 3, "adaptive"),
    ],
    ids=str,
)  # fmt: skip
def test_bad_input_is_one_line_and_leaves_nothing(
    change: dict[str, str], code: int, complaint: str, tiny_model, picture, text, tmp_path, capsys, monkeypatch
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    before = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}
    options = {"--model": str(tiny_model), "--out": "run", **change}
    name = options.pop("picture", picture.name)
    assert main(["loop", name, *(word for pair in options.items() for word in pair)]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert complaint in line
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")} == before
