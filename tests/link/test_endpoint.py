# SPDX-License-Identifier: MIT
"""The link stays on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.link.endpoint import check_endpoint


@pytest.mark.parametrize(
    "endpoint", ["tcp://127.0.0.1:7850", "tcp://127.9.9.9:*", "tcp://localhost:1", "tcp://[::1]:65535", "ipc://@lrisc"]
)
def test_addresses_on_this_machine_are_taken(endpoint: str) -> None:
    assert check_endpoint(endpoint) == endpoint


def test_a_socket_in_a_folder_that_exists_is_taken(tmp_path: Path) -> None:
    assert check_endpoint(f"ipc://{tmp_path}/s") == f"ipc://{tmp_path}/s"
    with pytest.raises(ConfigurationError, match="folder"):
        check_endpoint(f"ipc://{tmp_path}/missing/s")
    with pytest.raises(ConfigurationError, match="107 bytes"):
        check_endpoint(f"ipc://{tmp_path}/{'s' * 100}")


@pytest.mark.parametrize("endpoint", ["tcp://0.0.0.0:7850", "tcp://*:7850", "tcp://192.168.1.2:7850", "tcp://[::]:1"])
def test_addresses_that_others_can_reach_are_refused(endpoint: str) -> None:
    with pytest.raises(ConfigurationError, match="not encrypted"):
        check_endpoint(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    ["", "7850", "tcp://", "ipc://", "tcp://127.0.0.1", "tcp://127.0.0.1:0", "tcp://127.0.0.1:65536", "udp://127.0.0.1:1",
     "inproc://x", "tcp://127.0.0.1:1/path", "http://127.0.0.1:80"],
)  # fmt: skip
def test_what_is_no_endpoint_is_refused(endpoint: str) -> None:
    with pytest.raises(ConfigurationError, match="not an endpoint"):
        check_endpoint(endpoint)
