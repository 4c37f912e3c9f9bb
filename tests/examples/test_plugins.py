# SPDX-License-Identifier: MIT
"""The worked example of what other packages bring, installed as pip would install it, and used by commands."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lrisc_sdr import plugins
from lrisc_sdr.errors import ConfigurationError, UsageError
from lrisc_sdr.evaluation.metrics import psnr_db
from lrisc_sdr.link.worker import load as load_worker
from lrisc_sdr.pictures import default_picture
from lrisc_sdr.radio import RadioSettings
from lrisc_sdr.radio.opening import open_radio
from lrisc_sdr.runs.encoders import find_encoder
from lrisc_sdr.sampling import Sampling
from lrisc_sdr.types import ReceivedLatents

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "plugins"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What pip leaves of the example, and its PYTHONPATH."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    info = tmp_path / "site" / "lrisc_plugins-1.0.dist-info"
    info.mkdir(parents=True)
    info.joinpath("METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 1.0\n")
    lines = []
    for group, entries in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {value}" for name, value in entries.items()), ""]
    info.joinpath("entry_points.txt").write_text("\n".join(lines))
    for folder in (EXAMPLE, info.parent):
        monkeypatch.syspath_prepend(folder)
    importlib.invalidate_caches()
    return os.pathsep.join((str(EXAMPLE), str(info.parent)))


def test_nothing_is_there_before_it_is_installed() -> None:
    assert plugins.names("radios") == []
    assert plugins.load("codecs", "thumbnail") is None
    with pytest.raises(UsageError, match="no radio 'wire'"):
        open_radio("wire", "")


@pytest.mark.usefixtures("installed")
def test_the_symbols_of_another_codec_cannot_be_refined() -> None:
    with pytest.raises(ConfigurationError, match="thumbnail is another's codec"):
        find_encoder("thumbnail", refine=5)


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("noise_var", [0.0, 0.1])
def test_a_codec_and_its_decoder(noise_var: float) -> None:
    _, image = default_picture()
    sent = find_encoder("thumbnail").encode(image, 10.0, lambda _: image.size // 48)
    assert np.mean(np.abs(sent.symbols) ** 2) == pytest.approx(1, abs=0.01)
    assert len(sent.symbols) <= image.size // 48
    rng = np.random.default_rng(1)
    noise = rng.standard_normal((2, len(sent.symbols))) * np.sqrt(noise_var / 2)
    symbols = (sent.symbols + noise[0] + 1j * noise[1]).astype(np.complex64)
    variance = np.full(len(symbols), noise_var, dtype=np.float32)
    received = ReceivedLatents(
        1, symbols, variance, sent.rate_map, sent.height, sent.width, sent.model_id, 10.0, 0.0, 1, 1
    )
    worker = load_worker("thumbnail", Sampling(0))
    assert worker.models == (sent.model_id,)
    pair = plugins.load("decoders", "thumbnail")("thumbnail").decode(received, Sampling(0))
    assert pair.picture.shape == image.shape
    assert psnr_db(image, pair.picture) > (19 if noise_var == 0 else 17)


@pytest.mark.usefixtures("installed")
def test_a_radio() -> None:
    radio = open_radio("wire", "5")
    settings = RadioSettings(1e6, 1e9, 1e9, 1e6, 1e6, None, 0.0)
    radio.configure(settings)
    with pytest.raises(ConfigurationError, match="not powered up"):
        radio.transmit(np.ones(3, dtype=np.complex64))
    radio.power_up()
    radio.transmit(np.ones(3, dtype=np.complex64))
    assert radio.receive(10).tolist() == [0] * 5 + [1] * 3 + [0] * 2
    with pytest.raises(UsageError, match="did you mean wire"):
        open_radio("wires", "")


def test_a_package_that_does_not_import_is_named(installed: str, tmp_path: Path) -> None:
    points = next(Path(path) for path in installed.split(os.pathsep) if path.endswith("site"))
    entries = next(points.glob("*.dist-info")) / "entry_points.txt"
    entries.write_text(entries.read_text().replace("lrisc_plugins.wire:Wire", "lrisc_plugins.wire:Wires"))
    with pytest.raises(ConfigurationError, match=r"the package that brings wire does not work: .*Wires"):
        open_radio("wire", "")
    assert tmp_path in points.parents


def test_a_picture_crosses_the_link_with_a_foreign_codec_and_waveform(installed: str, tmp_path: Path) -> None:
    pytest.importorskip("gnuradio")
    command = [sys.executable, "-m", "lrisc_sdr.cli", "loop", "--model", "thumbnail", "--waveform", "narrow128"]
    run = subprocess.run(
        [*command, "--snr-db", "20", "--steps", "0", "--json", "--out", str(tmp_path / "run")],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": installed},
        check=False,
    )
    assert run.returncode == 0, run.stderr
    report = json.loads(run.stdout)
    assert report["pictures"][0]["psnr_db"] > 24
    assert abs(report["pictures"][0]["snr_db_estimated"] - 20) < 1
