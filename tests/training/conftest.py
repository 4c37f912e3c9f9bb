# SPDX-License-Identifier: MIT
"""Small training data."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor


@pytest.fixture(scope="session")
def pictures() -> Tensor:
    """u8 `[12, 3, 64, 64]`: colours that drift over the picture."""
    steps = torch.randn(12, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    return (128 + 6 * steps.cumsum(dim=3) + 3 * steps.cumsum(dim=2)).clamp(0, 255).byte()


@pytest.fixture(scope="session")
def shards(pictures: Tensor, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the pictures as two tar shards."""
    folder = tmp_path_factory.mktemp("shards")
    for number, part in enumerate(pictures.split(6)):
        with tarfile.open(folder / f"train-{number:03d}.tar", "w") as shard:
            for index, picture in enumerate(part):
                body = io.BytesIO()
                Image.fromarray(np.ascontiguousarray(picture.permute(1, 2, 0).numpy())).save(body, "png")
                member = tarfile.TarInfo(f"{index}.png")
                member.size = body.tell()
                body.seek(0)
                shard.addfile(member, body)
    return folder
