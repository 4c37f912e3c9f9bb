# SPDX-License-Identifier: MIT
"""The bands that the user allows, in a file of the user's own. Without it nothing is allowed."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from lrisc_sdr.errors import ConfigurationError, TransmitRefused
from lrisc_sdr.radio.bands import TEMPLATES, Band, Emission, templates
from lrisc_sdr.settings_file import read_toml, to_dataclass


@dataclass(frozen=True)
class AllowList:
    """Bands in which this user may transmit from this host.

    Attributes:
        band: the bands; none allows nothing.
        path: the file that they were read from, for messages.
    """

    band: tuple[Band, ...] = ()
    path: Path | None = None

    @classmethod
    def read(cls, path: Path) -> AllowList:
        """Read a TOML file of `[[band]]` tables; a file that does not exist allows nothing.

        Raises:
            ConfigurationError: the file is not such a file, two bands have one name, or others than its owner, who is
                this user or root, may write it.
        """
        if not _is_own(path):
            return cls(path=path)
        found = to_dataclass(read_toml(path, "allow-list"), _File, f"allow-list {path}").band
        names = [band.name for band in found]
        if len(set(names)) < len(names):
            raise ConfigurationError(f"allow-list {path}: two bands have the same name")
        return cls(found, path)

    def find(self, emission: Emission) -> Band:
        """The narrowest band that holds an emission, edges and all.

        Raises:
            TransmitRefused: there is none; the message says where one would have to be written.
        """
        holding = [band for band in self.band if band.holds(emission)]
        if holding:
            return min(holding, key=lambda band: band.high_hz - band.low_hz)
        where = self.path or "the allow-list"
        allowed = ", ".join(map(str, self.band)) or "nothing"
        raise TransmitRefused(f"{emission} is not allowed: {where} allows {allowed}; {_hint(emission)}")


@dataclass(frozen=True)
class _File:
    band: tuple[Band, ...] = ()


def _hint(emission: Emission) -> str:
    near = [template.name for template in templates() if template.holds(emission)]
    if near:
        return f"the template {near[0]} in {TEMPLATES} may be copied there, if the law where you stand permits it"
    return f"see the templates in {TEMPLATES}"


def _is_own(path: Path) -> bool:
    """Whether there is such a file; it must be the user's or root's, and writable by nobody else."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise ConfigurationError(f"allow-list {path} cannot be read: {error.strerror}") from error
    if status.st_uid not in (0, os.geteuid()):
        raise ConfigurationError(f"allow-list {path} belongs to another user: chown it to yourself")
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise ConfigurationError(f"allow-list {path} can be written by others: chmod go-w {path}")
    return True
