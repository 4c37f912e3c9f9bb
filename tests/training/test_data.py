# SPDX-License-Identifier: MIT
"""Shards in, crops out; what is missing or broken is named."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.training.data import load_shards, random_crops, shard_paths


def test_pictures_come_back_from_their_shards(shards: Path, pictures: Tensor) -> None:
    assert torch.equal(load_shards(shard_paths(shards, ["train-*.tar"])), pictures)
    assert torch.equal(load_shards(shard_paths(shards, ["*.tar"]), limit=7), pictures[:7])


def test_a_crop_is_a_piece_of_a_picture_or_its_mirror(pictures: Tensor) -> None:
    crops = random_crops(pictures[:1], 20, 60, torch.Generator().manual_seed(1))
    levels = ((crops + 1) * 127.5).round().byte()
    windows = pictures[0].unfold(1, 60, 1).unfold(2, 60, 1).permute(1, 2, 0, 3, 4).flatten(0, 1)
    for crop in levels:
        assert any(torch.equal(crop, w) or torch.equal(crop.flip(2), w) for w in windows)
    assert len({bytes(c.numpy().tobytes()) for c in levels}) > 10


def test_a_pattern_without_shards_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nothing-\*"):
        shard_paths(tmp_path, ["nothing-*"])


def test_a_broken_shard_is_named(tmp_path: Path) -> None:
    (tmp_path / "train.tar").write_bytes(b"no tar")
    with pytest.raises(ConfigurationError, match=r"train\.tar"):
        load_shards([tmp_path / "train.tar"])
