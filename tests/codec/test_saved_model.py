# SPDX-License-Identifier: MIT
"""Model folders: the same in and out, and damaged ones refused in one line."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
import torch

from lrisc_sdr.codec import Codec
from lrisc_sdr.codec.network import CodecConfig, CodecNetwork
from lrisc_sdr.codec.saved_model import CONFIG, SUMS, WEIGHTS, SavedModel, save_model
from lrisc_sdr.errors import UnknownModel


@pytest.fixture
def folder(tiny_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model, tmp_path / "model"))


def test_weights_come_back_as_they_were_in_half_precision(folder: Path) -> None:
    saved = SavedModel.read(folder)
    network = saved.fill("codec", CodecNetwork(saved.settings("codec", CodecConfig)))
    for name, value in network.state_dict().items():
        assert torch.equal(value, saved.tensors[f"codec.{name}"].float())
        assert value.dtype == torch.float32


def sign(folder: Path) -> None:
    """Bring the sums up to the files."""
    lines = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in (WEIGHTS, CONFIG)]
    (folder / SUMS).write_text("".join(lines))


def test_the_id_is_that_of_the_weights(folder: Path) -> None:
    before = SavedModel.read(folder).model_id
    assert hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest().startswith(before)


@pytest.mark.parametrize("name", [WEIGHTS, CONFIG])
def test_one_bit_and_the_model_is_damaged(folder: Path, name: str) -> None:
    body = bytearray((folder / name).read_bytes())
    body[-1] ^= 1
    (folder / name).write_bytes(body)
    with pytest.raises(UnknownModel, match=f"damaged: {name} is not the file whose sha256"):
        Codec.from_pretrained(folder)


def test_a_model_without_sums_is_refused(folder: Path) -> None:
    (folder / SUMS).unlink()
    with pytest.raises(UnknownModel, match=SUMS):
        Codec.from_pretrained(folder)


def test_a_save_takes_the_place_of_another_model(folder: Path) -> None:
    saved = SavedModel.read(folder)
    parts = {"codec": (saved.settings("codec", CodecConfig), {"bias": torch.ones(3)})}
    (folder / "notes.txt").write_text("of the old one")
    model_id = save_model(folder, parts, "card")
    assert SavedModel.read(folder).model_id == model_id != saved.model_id
    assert sorted(path.name for path in folder.iterdir()) == sorted((WEIGHTS, CONFIG, SUMS, "README.md"))
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_an_interrupted_save_leaves_the_old_model(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = SavedModel.read(folder).model_id

    def full(path: Path, body: bytes) -> int:
        raise OSError(f"no space for {path} of {len(body)}")

    parts = {"codec": (CodecConfig(), {"bias": torch.ones(3)})}
    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        with pytest.raises(OSError, match="no space"):
            save_model(folder, parts, "card")
    assert SavedModel.read(folder).model_id == before


@pytest.mark.parametrize("name", ["nosuchmodel", "no/such/folder"])
def test_an_unknown_model_is_named(name: str) -> None:
    with pytest.raises(UnknownModel, match=name):
        Codec.from_pretrained(name)


def test_a_folder_of_the_same_name_that_is_no_model_does_not_hide_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "small").mkdir()
    monkeypatch.chdir(tmp_path)
    assert SavedModel.read("small").path.parent.name == "models"


def test_truncated_weights_are_refused(folder: Path) -> None:
    body = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(body[: len(body) // 2])
    with pytest.raises(UnknownModel, match="damaged"):
        Codec.from_pretrained(folder)


@pytest.mark.parametrize(
    "config", [{}, {"codec": {"channels": [8, 16, 24], "wings": 2}}, {"codec": {"channels": [8, 16, 32]}}]
)
def test_settings_that_do_not_fit_are_refused(folder: Path, config: dict[str, object]) -> None:
    (folder / CONFIG).write_text(json.dumps(config))
    sign(folder)
    with pytest.raises(UnknownModel, match="another version"):
        Codec.from_pretrained(folder)
