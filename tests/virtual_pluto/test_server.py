# SPDX-License-Identifier: MIT
"""The server against clients that know the protocol, and against those that do not."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrisc_sdr.errors import ConfigurationError, HardwareError
from lrisc_sdr.virtual_pluto import VirtualPluto, VirtualSettings


@pytest.fixture(scope="module")
def plutos() -> Iterator[VirtualPluto]:
    with VirtualPluto(VirtualSettings(stale_buffers=0)) as served:
        yield served


def connect(plutos: VirtualPluto) -> socket.socket:
    return socket.create_connection(("127.0.0.1", plutos.ports[0]), timeout=20)


def ask(plutos: VirtualPluto, sent: bytes) -> bytes:
    """All that the server answers until it has answered everything."""
    with connect(plutos) as client:
        client.sendall(sent)
        client.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: client.recv(65536), b""))


def test_iio_info_sees_a_pluto(plutos: VirtualPluto, tool: Callable[..., bytes]) -> None:
    text = tool("iio_info", "-u", plutos.uris[0]).decode()
    for words in ("ad9361-phy", "cf-ad9361-dds-core-lpc (buffer capable)", "cf-ad9361-lpc (buffer capable)", "TX_LO"):
        assert words in text


def test_iio_attr_reads_back_what_the_device_made_of_it(plutos: VirtualPluto, tool: Callable[..., bytes]) -> None:
    uri = plutos.uris[0]
    tool("iio_attr", "-u", uri, "-o", "-c", "ad9361-phy", "voltage0", "hardwaregain", "-20.3")
    assert b"-20.250000 dB" in tool("iio_attr", "-u", uri, "-o", "-c", "ad9361-phy", "voltage0", "hardwaregain")
    tool("iio_attr", "-u", uri, "-o", "-c", "ad9361-phy", "voltage0", "hardwaregain", "3", fails=True)
    assert plutos.stations[0].state.tx_attenuation_db == 20.25


@pytest.mark.parametrize(("channels", "n_bytes"), [((), 4), (("voltage0",), 2)])
def test_iio_readdev_gets_samples(
    plutos: VirtualPluto, tool: Callable[..., bytes], channels: tuple[str, ...], n_bytes: int
) -> None:
    words = ("iio_readdev", "-u", plutos.uris[0], "-b", "4096", "-s", "16384", "cf-ad9361-lpc", *channels)
    samples = np.frombuffer(tool(*words), dtype=np.int16)
    assert samples.nbytes == 16384 * n_bytes
    assert 0 < np.abs(samples).max() <= 2048


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"NONSENSE\r\n", b"-22\n"),
        (b"\r\n\r\nTIMEOUT 100\r\n", b"0\n"),
        (b"READ iio:device9 ensm_mode\r\n", b"-19\n"),
        (b"READ ad9361-phy no_such_attribute\r\n", b"-2\n"),
        (b"READ ad9361-phy ensm_mode\r\n", b"4\nfdd\0\n"),
        (b"WRITE ad9361-phy INPUT voltage0 rssi 1\r\n1", b"-13\n"),
        (b"WRITE ad9361-phy OUTPUT altvoltage1 frequency 3\r\n1e9", b"-22\n"),
        (b"READBUF cf-ad9361-lpc 4096\r\n", b"-9\n"),
        (b"OPEN ad9361-phy 1024 00000003\r\n", b"-19\n"),
        (b"OPEN cf-ad9361-lpc 1024 00000004\r\n", b"-22\n"),
        (b"OPEN cf-ad9361-lpc 64 00000003\r\nREADBUF cf-ad9361-lpc 100\r\n", b"0\n-22\n"),
        (b"OPEN cf-ad9361-lpc 64 00000003\r\nCLOSE cf-ad9361-lpc\r\n", b"0\n0\n"),
        (b"GETTRIG cf-ad9361-lpc\r\n", b"-19\n"),
        (b"X" * 5000, b"-22\n"),
        (b"WRITE ad9361-phy ensm_mode 100\r\nfdd", b""),
        (b"VERSION\r\nEXIT\r\nVERSION\r\n", b"0.24.virtual\n"),
    ],
)
def test_answers(plutos: VirtualPluto, sent: bytes, answer: bytes) -> None:
    assert ask(plutos, sent) == answer


@given(st.binary(max_size=300))
@settings(max_examples=30)
def test_random_bytes_leave_the_server_alive(plutos: VirtualPluto, sent: bytes) -> None:
    with connect(plutos) as client:
        client.sendall(sent)
    assert ask(plutos, b"VERSION\r\n") == b"0.24.virtual\n"


WORDS = st.sampled_from(
    [
        b"OPEN cf-ad9361-lpc 64 00000003",
        b"OPEN cf-ad9361-dds-core-lpc 8 00000003",
        b"READBUF cf-ad9361-lpc 256",
        b"WRITEBUF cf-ad9361-dds-core-lpc 32",
        b"CLOSE cf-ad9361-lpc",
        b"WRITE ad9361-phy xo_correction 3",
        b"WRITE ad9361-phy DEBUG direct_reg_access 4",
        b"READ ad9361-phy filter_fir_config",
        b"0x10",
        b"WRITE",
    ]
)


@given(st.lists(WORDS, max_size=8))
@settings(max_examples=30)
def test_commands_in_any_order_leave_the_server_alive(plutos: VirtualPluto, lines: list[bytes]) -> None:
    ask(plutos, b"\r\n".join([*lines, b""]))
    assert ask(plutos, b"VERSION\r\n") == b"0.24.virtual\n"
    assert plutos.stations[0].receiving is None


def test_only_this_machine_can_connect(plutos: VirtualPluto) -> None:
    addresses = [listener.getsockname()[0] for listener in plutos._listeners]
    assert addresses == ["127.0.0.1"]


def test_a_taken_port_is_a_clear_error(plutos: VirtualPluto) -> None:
    with pytest.raises(HardwareError, match=f"port {plutos.ports[0]} cannot be taken"):
        VirtualPluto(port=plutos.ports[0])


@pytest.mark.parametrize("figures", [{"n_radios": 3}, {"crystal_ppm": (1.0, 2.0)}, {"delay_s": -1.0}])
def test_impossible_radios_are_refused(figures: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError, match="check that"):
        VirtualSettings(**figures)  # type: ignore[arg-type]
