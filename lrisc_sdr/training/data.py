# SPDX-License-Identifier: MIT
"""Training pictures: tar shards of square crops, decoded once and kept in memory as bytes."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.types import ByteArray

_SUFFIXES = (".webp", ".png", ".jpg", ".jpeg")


@dataclass(frozen=True)
class Pictures:
    """What a training sees, u8 `[n, 3, H, W]`: pictures to learn from, and pictures (if any) to be judged by."""

    train: Tensor
    held_back: Tensor = field(default_factory=lambda: torch.empty(0, 3, 0, 0, dtype=torch.uint8))


def shard_paths(folder: Path, patterns: Iterable[str]) -> list[Path]:
    """The shards of `folder` that match any of the patterns, sorted.

    Raises:
        ConfigurationError: a pattern matches nothing.
    """
    paths: list[Path] = []
    for pattern in patterns:
        found = sorted(folder.glob(pattern))
        if not found:
            raise ConfigurationError(f"no training shard {pattern} in {folder}: set data.folder and data.train")
        paths += found
    return paths


def load_shards(paths: Iterable[Path], limit: int | None = None) -> Tensor:
    """All pictures of the shards, u8 `[n, 3, H, W]`; they must share one size.

    Raises:
        ConfigurationError: a shard cannot be read, or its pictures differ in size.
    """
    pictures: list[ByteArray] = []
    for path in paths:
        try:
            with tarfile.open(path) as shard:
                members = [m for m in shard if m.isfile() and m.name.lower().endswith(_SUFFIXES)]
                for member in tqdm(members, desc=path.name, unit="picture", leave=False, disable=None):
                    if limit is not None and len(pictures) >= limit:
                        break
                    body = shard.extractfile(member)
                    if body is not None:
                        pictures.append(np.asarray(Image.open(io.BytesIO(body.read())).convert("RGB")))
        except (tarfile.TarError, OSError) as error:
            raise ConfigurationError(f"training shard {path} cannot be read: {error}") from error
    if not pictures or len({p.shape for p in pictures}) != 1:
        raise ConfigurationError("the training shards must hold pictures, all of one size")
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)


def random_crops(pictures: Tensor, count: int, side: int, generator: torch.Generator) -> Tensor:
    """Random crops with random horizontal flips: u8 `[n, 3, H, W]` → f32 `[count, 3, side, side]` in [-1, 1].

    They are cut on the device where the pictures are; `generator` is one of the CPU, so that every device cuts alike.
    """
    device = pictures.device
    chosen = torch.randint(len(pictures), (count,), generator=generator)
    tops = torch.randint(pictures.shape[2] - side + 1, (count,), generator=generator)
    lefts = torch.randint(pictures.shape[3] - side + 1, (count,), generator=generator)
    flips = torch.rand(count, generator=generator) < 0.5
    along = torch.arange(side)
    rows = tops[:, None] + along
    columns = lefts[:, None] + torch.where(flips[:, None], along.flip(0), along)
    where = (chosen.to(device)[:, None, None], rows.to(device)[:, :, None], columns.to(device)[:, None, :])
    # One index of all three axes: the channels come last in memory, as the networks like them.
    crops = pictures.permute(0, 2, 3, 1)[where]
    return crops.permute(0, 3, 1, 2).float() / 127.5 - 1


def middle_crops(pictures: Tensor, side: int) -> Tensor:
    """The middles: u8 `[n, 3, H, W]` → f32 `[n, 3, side, side]` in [-1, 1]."""
    top, left = ((length - side) // 2 for length in pictures.shape[2:])
    crops = pictures[:, :, top : top + side, left : left + side]
    return crops.float().contiguous(memory_format=torch.channels_last) / 127.5 - 1
