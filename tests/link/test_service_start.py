# SPDX-License-Identifier: MIT
"""How a decoder service begins: endpoints that are taken, and a folder that cannot be."""

from __future__ import annotations

import socket
import stat
from pathlib import Path

import pytest

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.link.crew import Crew
from lrisc_sdr.link.service import DecoderService
from lrisc_sdr.link.spool import Spool


def make(endpoint: str, folder: Path) -> DecoderService:
    spool = Spool(folder / "spool", quota_bytes=10**8)
    return DecoderService(endpoint, spool=spool, crew=Crew(0, [], spool.folder), folder=folder)


def test_the_socket_of_a_living_decoder_is_not_stolen(endpoint, serve, tmp_path) -> None:
    serve()
    with pytest.raises(ConfigurationError, match="in use"):
        make(endpoint, tmp_path / "other")


def test_a_file_is_not_overwritten_by_a_socket(tmp_path) -> None:
    (tmp_path / "file").write_text("precious")
    with pytest.raises(ConfigurationError, match="not a socket"):
        make(f"ipc://{tmp_path}/file", tmp_path / "out")
    assert (tmp_path / "file").read_text() == "precious"


def test_the_socket_of_a_dead_decoder_is_taken_over(tmp_path) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(f"{tmp_path}/decoder")
    left.close()
    running = make(f"ipc://{tmp_path}/decoder", tmp_path / "out")
    assert stat.S_IMODE((tmp_path / "decoder").stat().st_mode) == 0o600
    running.close()


def test_a_port_in_use_is_one_line(tmp_path) -> None:
    running = make("tcp://127.0.0.1:*", tmp_path / "out")
    with pytest.raises(ConfigurationError, match="cannot be bound"):
        make(running.endpoint, tmp_path / "other")
    running.close()


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path, endpoint) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        make(endpoint, tmp_path / "file" / "out")
