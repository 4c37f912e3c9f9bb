# SPDX-License-Identifier: MIT
"""Tables into dataclasses: nothing unknown passes, at no depth."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.settings_file import read_toml, to_dataclass


@dataclass(frozen=True)
class Inner:
    width: int = 1


@dataclass(frozen=True)
class Outer:
    name: str
    inner: Inner = field(default_factory=Inner)
    many: tuple[Inner, ...] = ()


def test_tables_become_dataclasses() -> None:
    values = {"name": "x", "inner": {"width": 2}, "many": [{"width": 3}, {}]}
    assert to_dataclass(values, Outer, "file") == Outer("x", Inner(2), (Inner(3), Inner()))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"name": "x", "iner": {}}, "file: unknown key iner, did you mean inner"),
        ({"name": "x", "inner": {"widht": 1}}, "unknown key inner.widht, did you mean inner.width"),
        ({"name": "x", "many": [{}, {"widht": 1}]}, "unknown key many.widht, did you mean many.width"),
        ({"name": "x", "qqq": 1}, "unknown key qqq$"),
        ({"name": 1}, "file: .*name"),
        ({}, "name"),
    ],
)
def test_what_does_not_fit_is_named(values: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        to_dataclass(values, Outer, "file")


@given(st.binary(max_size=60))
def test_any_file_is_toml_or_a_configuration_error(body: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "some.toml"
        file.write_bytes(body)
        with contextlib.suppress(ConfigurationError):
            assert isinstance(read_toml(file, "campaign"), dict)
