# SPDX-License-Identifier: MIT
"""Profiles in files: found by serial number, then by model; the user's own before those that come with the package.

$XDG_CONFIG_HOME/lrisc/calibration/SERIAL.toml, MODEL.toml     the user's
calibration/SERIAL.toml, MODEL.toml                            the package's
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import tomli_w

from lrisc_sdr.calibrate.profile import Device, Iq, Profile
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.radio.identity import Identity, file_stem
from lrisc_sdr.settings_file import read_toml, to_dataclass
from lrisc_sdr.user_folders import config_folder

_PACKAGE = Path(__file__).parents[1]
SHIPPED = (_PACKAGE.parent / "calibration", _PACKAGE / "_calibration")
"""Beside the package in a checkout, within it in a wheel."""


def user_folder() -> Path:
    """Where the user's own profiles lie."""
    return config_folder() / "calibration"


def default_path(identity: Identity) -> Path:
    """Where a device's profile is written: by serial number, where it has one."""
    return user_folder() / f"{file_stem(identity.serial or identity.model)}.toml"


def find_profile(identity: Identity) -> Path | None:
    """The file of a device's profile, or None."""
    for name in filter(None, (identity.serial, identity.model)):
        for folder in (user_folder(), *SHIPPED):
            path = folder / f"{file_stem(name)}.toml"
            if path.is_file():
                return path
    return None


def read_profile(path: Path) -> Profile:
    """Read a profile, strictly.

    Raises:
        ConfigurationError: no such file, not TOML, an unknown key, or a value that is wrong.
    """
    where = f"calibration {path}"
    try:
        return to_dataclass(read_toml(path, "calibration"), Profile, where)
    except ConfigurationError as error:
        if str(path) in str(error):
            raise
        raise ConfigurationError(f"{where}: {error}") from error


def update_profile(path: Path, identity: Identity, **tables: Any) -> Profile:
    """Put tables into a profile; those that others wrote stay. The file is whole at any moment.

    Args:
        path: the file; made, with its folder, if it does not exist.
        identity: whose profile it is.
        tables: fields of `Profile`.

    Returns:
        What the file holds now.

    Raises:
        ConfigurationError: the file is another device's, is not a profile, or cannot be written.
    """
    device = Device(identity.radio, identity.model, identity.serial)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path.parent):
            profile = read_profile(path) if path.exists() else Profile(device)
            if profile.device != device:
                raise ConfigurationError(f"{path} is the profile of {profile.device}, not of {device}: choose another")
            if "iq" in tables and profile.iq is not None:
                # The two sides are measured one by one.
                tables["iq"] = Iq(tables["iq"].rx or profile.iq.rx, tables["iq"].tx or profile.iq.tx)
            profile = replace(profile, **tables)
            _write(path, tomli_w.dumps(as_document(profile)))
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}; choose another --profile") from error
    return profile


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Two calibrations at once must not lose each other's tables."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def as_document(value: Any) -> Any:
    """Dataclasses as tables without what is None, numbers with ten digits."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key: as_document(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [as_document(item) for item in value]
    return float(f"{value:.10g}") if isinstance(value, float) else value


def _write(path: Path, text: str) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
