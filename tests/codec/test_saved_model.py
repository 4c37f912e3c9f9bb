# SPDX-License-Identifier: MIT
"""Model folders: the same in and out, and damaged ones refused in one line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from lrisc_sdr.codec import Codec
from lrisc_sdr.codec.network import CodecConfig, CodecNetwork
from lrisc_sdr.codec.saved_model import CONFIG, WEIGHTS, SavedModel
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


def test_the_id_is_that_of_the_weights(folder: Path) -> None:
    before = SavedModel.read(folder).model_id
    body = bytearray((folder / WEIGHTS).read_bytes())
    body[-1] ^= 1
    (folder / WEIGHTS).write_bytes(body)
    assert SavedModel.read(folder).model_id != before


@pytest.mark.parametrize("name", ["nosuchmodel", "no/such/folder"])
def test_an_unknown_model_is_named(name: str) -> None:
    with pytest.raises(UnknownModel, match=name):
        Codec.from_pretrained(name)


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
    with pytest.raises(UnknownModel, match="another version"):
        Codec.from_pretrained(folder)
