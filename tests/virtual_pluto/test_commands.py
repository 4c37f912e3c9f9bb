# SPDX-License-Identifier: MIT
"""The command parser."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrisc_sdr.virtual_pluto.commands import (
    BuffersCount,
    CommandError,
    Kind,
    Open,
    Place,
    Read,
    ReadBuffer,
    Timeout,
    Trigger,
    Word,
    Write,
    parse,
)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b"PRINT\r\n", Word.PRINT),
        (b"\r\n", None),
        (b"TIMEOUT 5000\r\n", Timeout(5000)),
        (b"READ iio:device0 ensm_mode\r\n", Read(Place("iio:device0", Kind.DEVICE, "", "ensm_mode"))),
        (b"READ d OUTPUT voltage0 raw\n", Read(Place("d", Kind.OUTPUT, "voltage0", "raw"))),
        (b"WRITE d DEBUG direct_reg_access 12\r\n", Write(Place("d", Kind.DEBUG, "", "direct_reg_access"), 12)),
        (b"WRITE d BUFFER watermark 2\r\n", Write(Place("d", Kind.BUFFER, "", "watermark"), 2)),
        (b"SETTRIG d\r\n", Trigger("d")),
        (b"SET d BUFFERS_COUNT 4\r\n", BuffersCount("d", 4)),
        (b"OPEN d 1024 00000003\r\n", Open("d", 1024, 3, False)),
        (b"OPEN d 1024 00000003 CYCLIC\r\n", Open("d", 1024, 3, True)),
        (b"READBUF d 4096\r\n", ReadBuffer("d", 4096)),
    ],
)
def test_reads_what_clients_send(line: bytes, command: object) -> None:
    assert parse(line) == command


@pytest.mark.parametrize(
    "line",
    [
        b"FORMAT c:\r\n",
        b"PRINT it\r\n",
        b"READ d\r\n",
        b"READ d SIDEWAYS voltage0 raw\r\n",
        b"WRITE d attribute -1\r\n",
        b"WRITE d attribute 999999999\r\n",
        b"OPEN d 0 00000003\r\n",
        b"OPEN d 1024 3\r\n",
        b"OPEN d 1024 0000000g\r\n",
        b"OPEN d 1024 00000003 FOREVER\r\n",
        b"READBUF d 1_0\r\n",
        "READBUF d ٣\r\n".encode(),
        b"SET d BUFFERS_COUNT 0\r\n",
        b"\x1c\r\n",
        b"READ\x1fd\x1fraw\r\n",
    ],
)
def test_refuses_what_is_no_command(line: bytes) -> None:
    with pytest.raises(CommandError):
        parse(line)


VERBS = ["PRINT", "READ", "WRITE", "OPEN", "READBUF", "WRITEBUF", "SET", "TIMEOUT", "INPUT", "DEBUG", "d", "1", "-1"]
LINES = st.one_of(
    st.binary(max_size=80), st.lists(st.sampled_from(VERBS), max_size=6).map(lambda words: " ".join(words).encode())
)


@given(LINES)
def test_any_line_is_a_command_or_an_error(line: bytes) -> None:
    with contextlib.suppress(CommandError):
        assert parse(line) is not None or not line.strip()
