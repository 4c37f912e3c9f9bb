# SPDX-License-Identifier: MIT
"""Training pictures: tar shards of square crops, decoded once and kept in memory as bytes."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.types import ByteArray

_SUFFIXES = (".webp", ".png", ".jpg", ".jpeg")


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
    """Random crops with random horizontal flips: u8 `[n, 3, H, W]` → f32 `[count, 3, side, side]` in [-1, 1]."""
    chosen = torch.randint(len(pictures), (count,), generator=generator)
    tops = torch.randint(pictures.shape[2] - side + 1, (count,), generator=generator)
    lefts = torch.randint(pictures.shape[3] - side + 1, (count,), generator=generator)
    flips = torch.rand(count, generator=generator) < 0.5
    crops = []
    for index, top, left, flip in zip(chosen.tolist(), tops.tolist(), lefts.tolist(), flips.tolist(), strict=True):
        crop = pictures[index, :, top : top + side, left : left + side]
        crops.append(crop.flip(2) if flip else crop)
    return torch.stack(crops).float() / 127.5 - 1
