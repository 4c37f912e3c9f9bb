# SPDX-License-Identifier: MIT
"""The stream of a radio: torn, found again, and with buffers that were dropped."""

from __future__ import annotations

import time

import pytest

from lrisc_sdr.radio.protocol import RadioLost
from lrisc_sdr.radio.settings import RadioConfig
from lrisc_sdr.runs.radio_stream import RadioStream
from lrisc_sdr.virtual_pluto import VirtualPluto, VirtualSettings
from lrisc_sdr.waveform import waveform

pytest.importorskip("iio", reason="libiio and pylibiio are not installed", exc_type=Exception)
pytest.importorskip("adi", reason="pyadi-iio is not installed")


def stream_of(uri: str, reconnect_s: float) -> RadioStream:
    config = RadioConfig(radio="pluto", uri=uri, rx_gain_db=40.0)
    return RadioStream(config, config.settings(waveform("pluto256")), reconnect_s)


def test_a_lost_radio_is_found_again() -> None:
    with VirtualPluto() as first:
        port, stream = first.ports[0], stream_of(first.uris[0], 30.0)
        chunks = stream.chunks()
        assert next(chunks) is not None
    with VirtualPluto(port=port):
        while next(chunks) is not None:
            pass
        assert next(chunks) is not None
        assert stream.reconnects == 1
        stream.close()


def test_a_radio_that_does_not_come_back_is_an_error() -> None:
    with VirtualPluto() as running:
        stream = stream_of(running.uris[0], 0.1)
        assert next(stream.chunks()) is not None
    with pytest.raises(RadioLost):
        for _ in stream.chunks():
            pass
    stream.close()


def test_buffers_that_nobody_fetched_in_time_are_counted() -> None:
    with VirtualPluto(VirtualSettings(paced=True)) as running:
        stream = stream_of(running.uris[0], 0.0)
        # The queue holds two seconds, the device a quarter of one.
        time.sleep(4)
        chunks = stream.chunks()
        for _ in range(80):
            assert next(chunks) is not None
        stream.close()
    assert stream.drops.overflows > 0
    assert stream.drops.underflows == 0
