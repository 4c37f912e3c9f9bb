# SPDX-License-Identifier: MIT
"""Key pairs in files."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
import zmq

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.link.key_files import allow, create_pair, read_allowed, read_pair, read_public


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


def test_a_pair_is_a_curve_pair_in_the_format_of_certificates(folder: Path) -> None:
    public_file, secret_file = create_pair(folder, "decoder")
    public, secret = read_pair(secret_file)
    assert secret is not None
    assert zmq.curve_public(secret) == public == read_public(public_file)
    assert zmq.auth.load_certificate(secret_file) == (public, secret)
    assert secret.decode() not in public_file.read_text()
    assert read_pair(create_pair(folder, "another")[1]) != (public, secret)


def test_only_the_owner_can_read_a_secret_key(folder: Path) -> None:
    before = os.umask(0)
    try:
        public_file, secret_file = create_pair(folder, "decoder")
    finally:
        os.umask(before)
    assert stat.S_IMODE(secret_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(public_file.stat().st_mode) == 0o644
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert sorted(file.name for file in folder.iterdir()) == ["decoder.key", "decoder.key_secret"]


@pytest.mark.parametrize("left", ["decoder.key", "decoder.key_secret"])
def test_no_key_is_overwritten(folder: Path, left: str) -> None:
    folder.mkdir()
    (folder / left).write_text("precious")
    with pytest.raises(ConfigurationError, match=rf"{left} exists"):
        create_pair(folder, "decoder")
    assert [file.read_text() for file in folder.iterdir()] == ["precious"]


@pytest.mark.parametrize("name", ["", "../up", ".hidden", "a b", "x" * 65, "a/b"])
def test_what_is_no_name_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="no name for a key"):
        create_pair(folder, name)
    assert not folder.exists()


def test_the_list_has_public_keys_only(folder: Path) -> None:
    public_file, secret_file = create_pair(folder, "friend")
    allowed = allow(folder, public_file)
    assert allow(folder, public_file) == allowed
    assert read_allowed(folder / "clients") == {read_public(public_file): "friend"}
    with pytest.raises(ConfigurationError, match="holds a secret key"):
        allow(folder, secret_file)
    other = create_pair(folder / "elsewhere", "friend")[0]
    with pytest.raises(ConfigurationError, match="another key of that name"):
        allow(folder, other)
    assert list(read_allowed(folder / "clients")) == [read_public(public_file)]


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe", b"curve\n", b'curve\n    public-key = "short"\n', b'curve\n    public-key = "' + 40 * b"~"],
)
def test_what_is_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.key").write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"x\.key is"):
        read_public(tmp_path / "x.key")
