# SPDX-License-Identifier: MIT
"""Which pictures a command sends."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lrisc_sdr.errors import InvalidPicture
from lrisc_sdr.runs.sources import find


def save(path: Path, level: int) -> Path:
    path.parent.mkdir(exist_ok=True)
    Image.new("RGB", (40, 32), (level, level, level)).save(path)
    return path


def test_files_and_folders_in_order_under_names_that_differ(tmp_path: Path) -> None:
    one = save(tmp_path / "one" / "b.png", 1)
    save(tmp_path / "two" / "b.PNG", 3)
    save(tmp_path / "two" / "a.jpg", 2)
    (tmp_path / "two" / "notes.txt").write_text("no picture")
    sources = find([one, tmp_path / "two"])
    assert [source.name for source in sources] == ["b.png", "a.jpg", "b.PNG"]
    assert [source.stem for source in sources] == ["b", "a", "b-2"]
    assert [int(np.round(source.load().mean())) for source in sources] == [1, 2, 3]


def test_a_broken_picture_among_others_is_found_before_any_is_sent(tmp_path: Path) -> None:
    for name in ("a.png", "b.png", "c.png"):
        save(tmp_path / "folder" / name, 1)
    broken = tmp_path / "folder" / "b.png"
    broken.write_bytes(broken.read_bytes()[:-40])
    with pytest.raises(InvalidPicture, match=r"b\.png: a damaged picture"):
        find([tmp_path / "folder"])
    with pytest.raises(InvalidPicture, match=r"missing\.png"):
        find([tmp_path / "missing.png"])


def test_a_folder_without_pictures_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidPicture, match="no pictures in it"):
        find([tmp_path])


def test_without_a_path_there_is_a_default() -> None:
    pytest.importorskip("skimage")
    (source,) = find([])
    assert source.load().shape == (300, 451, 3)
