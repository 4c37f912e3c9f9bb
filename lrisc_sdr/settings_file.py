# SPDX-License-Identifier: MIT
"""TOML files into typed dataclasses, strictly: an unknown key is an error that names the nearest one."""

from __future__ import annotations

import dataclasses
import difflib
import sys
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from lrisc_sdr.errors import ConfigurationError

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover - Python 3.10
    import tomli as tomllib

Settings = TypeVar("Settings")


def read_toml(path: Path, what: str) -> dict[str, Any]:
    """Read a TOML file; `what` is how messages call it, as in "recipe".

    Raises:
        ConfigurationError: no such file, or not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{what} {path} cannot be read: {error}") from error


def parse_toml(text: str, what: str) -> dict[str, Any]:
    """Read TOML; `what` is how messages call it.

    Raises:
        ConfigurationError: it is not TOML.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{what} is no TOML: {error}") from error


def to_dataclass(values: Mapping[str, Any], kind: type[Settings], where: str) -> Settings:
    """A table as a dataclass, dataclasses within it and lists of them included.

    Args:
        values: the table.
        kind: the dataclass.
        where: the beginning of messages, as in "recipe small.toml".

    Raises:
        ConfigurationError: an unknown key (the message names the nearest), a missing one, or a value of the wrong type.
    """
    _refuse_unknown(values, kind, where, "")
    try:
        return msgspec.convert(values, kind)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"{where}: {error}") from error


def _refuse_unknown(values: Mapping[str, Any], kind: Any, where: str, prefix: str) -> None:
    hints = get_type_hints(kind)
    for key, value in values.items():
        if key not in hints:
            near = difflib.get_close_matches(key, hints, 1)
            hint = f", did you mean {prefix}{near[0]}?" if near else ""
            raise ConfigurationError(f"{where}: unknown key {prefix}{key}{hint}")
        own = [kind for kind in _alternatives(hints[key]) if dataclasses.is_dataclass(kind)]
        if isinstance(value, dict) and own:
            _refuse_unknown(value, own[0], where, f"{prefix}{key}.")
        elif isinstance(value, list) and get_origin(hints[key]) is tuple:
            member = get_args(hints[key])[0]
            for item in value:
                if isinstance(item, dict) and dataclasses.is_dataclass(member):
                    _refuse_unknown(item, member, where, f"{prefix}{key}.")


def _alternatives(hint: Any) -> tuple[Any, ...]:
    """The members of a union, as of `Region | None`; else the type itself."""
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
