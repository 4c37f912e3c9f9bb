# SPDX-License-Identifier: MIT
"""A run's folder: filled under a hidden name beside its place, and renamed when it is whole.

OUT/config.toml        what was asked for, every default resolved
    env.json           versions and machine
    pictures.jsonl     one row a picture
    metrics.json       the document that `--json` prints
    source/ jscc/ final/ compare/   one PNG a picture each; compare has the three side by side
    DONE               last, empty
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from lrisc_sdr.errors import ConfigurationError

if TYPE_CHECKING:
    from typing_extensions import Self

DONE = "DONE"


def default_folder(verb: str) -> Path:
    """`runs/<UTC time to the millisecond>-<verb>` under the working directory: runs may start side by side."""
    now = datetime.now(timezone.utc)
    return Path("runs") / f"{now:%Y%m%dT%H%M%S}.{now.microsecond // 1000:03}Z-{verb}"


class RunFolder:
    """Context manager; leaving it without `publish` leaves nothing behind.

    Args:
        target: where the run shall lie; must not exist, or be empty, or, with `overwrite`, hold a finished run.
        overwrite: replace a finished run.

    Raises:
        ConfigurationError: the target is taken, or its parent cannot be written.
    """

    def __init__(self, target: Path, *, overwrite: bool = False) -> None:
        self.target = target
        if target.exists() and not target.is_dir():
            raise ConfigurationError(f"{target} is a file: choose another folder with --out")
        if target.is_dir() and any(target.iterdir()):
            if not (target / DONE).exists():
                raise ConfigurationError(f"{target} is not empty and holds no finished run: choose another --out")
            if not overwrite:
                raise ConfigurationError(f"{target} holds a finished run: choose another --out, or pass --overwrite")
        self.path = target.parent / f".{target.name}.partial-{os.getpid()}"
        self._overwrite = overwrite
        self._made_parents = [parent for parent in target.parents if not parent.exists()]
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            self.path.mkdir()
        except OSError as error:
            raise ConfigurationError(
                f"{target} cannot be written: {error.strerror}; choose another folder with --out"
            ) from None

    def folder(self, name: str) -> Path:
        """A folder inside the run, made if it does not exist."""
        path = self.path / name
        path.mkdir(exist_ok=True)
        return path

    def write_text(self, name: str, text: str) -> None:
        """Write a small file."""
        (self.path / name).write_text(text, encoding="utf-8")

    def write_json(self, name: str, document: Mapping[str, Any]) -> None:
        """Write a JSON document with two spaces of indentation."""
        self.write_text(name, json.dumps(document, indent=2, allow_nan=False) + "\n")

    def publish(self) -> Path:
        """Mark the run as done and move it to its place.

        Raises:
            ConfigurationError: another run has taken the place since.
        """
        self.write_text(DONE, "")
        replaced = self.path.with_name(f".{self.target.name}.replaced-{os.getpid()}")
        if self._overwrite and self.target.is_dir():
            self.target.rename(replaced)
        try:
            self.path.rename(self.target)  # fails on what is not an empty folder
        except OSError as error:
            raise ConfigurationError(f"{self.target} was taken meanwhile: {error.strerror}; run again") from None
        shutil.rmtree(replaced, ignore_errors=True)
        return self.target

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        with contextlib.suppress(OSError):  # not empty: the run is in it
            for parent in self._made_parents:
                parent.rmdir()
