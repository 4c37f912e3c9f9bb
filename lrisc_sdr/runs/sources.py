# SPDX-License-Identifier: MIT
"""Which pictures a command sends: files, folders of files, or the one that an installed package carries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lrisc_sdr import pictures
from lrisc_sdr.errors import InvalidPicture
from lrisc_sdr.types import ByteArray

SUFFIXES = frozenset(
    {".avif", ".bmp", ".gif", ".jp2", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".qoi", ".tga", ".tif", ".tiff", ".webp"}
)
MAX_PICTURES = 65_536


@dataclass(frozen=True)
class Source:
    """A picture to send, not yet in memory.

    Attributes:
        name: what reports call it.
        stem: what its files in the run's folder are called, different from every other's.
        load: reads it, u8 `[H, W, 3]`.
    """

    name: str
    stem: str
    load: Callable[[], ByteArray]


def find(paths: Sequence[Path]) -> list[Source]:
    """The pictures that the paths name, a folder standing for those in it by name; without paths, the default one.

    Every picture is read once, so that a broken one is found before the work on the others.

    Raises:
        InvalidPicture: a path that does not exist or is no picture, a folder without pictures, or more than 65,536.
    """
    if not paths:
        name, image = pictures.default_picture()
        return [Source(name, name, lambda: image)]
    files = [file for path in paths for file in _files(path)]
    if len(files) > MAX_PICTURES:
        raise InvalidPicture(f"{len(files)} pictures in one run: at most {MAX_PICTURES}, send them in several")
    for file in files:
        pictures.load(file)
    taken: set[str] = set()
    return [Source(file.name, _free_stem(file.stem, taken), partial(pictures.load, file)) for file in files]


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES and file.is_file())
    if not files:
        raise InvalidPicture(
            f"{path} has no pictures in it: name a picture, or a folder of {', '.join(sorted(SUFFIXES))}"
        )
    return files


def _free_stem(stem: str, taken: set[str]) -> str:
    candidate, number = stem, 1
    while candidate in taken:
        number += 1
        candidate = f"{stem}-{number}"
    taken.add(candidate)
    return candidate
