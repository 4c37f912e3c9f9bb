# SPDX-License-Identifier: GPL-3.0-or-later
"""A Pluto: gr-iio moves the samples, `lrisc_sdr.radio.pluto` sets everything and reads it back, in another session."""

from __future__ import annotations

from typing import Any

from gnuradio import iio

from lrisc_sdr.blocks.streamed import MovedByGnuRadio, kept
from lrisc_sdr.radio.losing import losing
from lrisc_sdr.radio.pluto import Pluto
from lrisc_sdr.radio.pluto_buffers import (
    OVERFLOW,
    RX_BUFFER_SAMPLES,
    RX_BUFFERS,
    TX_BUFFER_SAMPLES,
    UNDERFLOW,
    take_status,
)
from lrisc_sdr.radio.protocol import Drops, RadioSettings

CHANNELS = [True, True, False, False]
QUEUE_SAMPLES = 1 << 23
"""What gr-iio's thread can be ahead of the Python blocks behind it: two seconds at 4 Msamples/s."""


class StreamedPluto(MovedByGnuRadio, Pluto):
    """See `Pluto`; gr-iio's setters are not used: they say nothing where a device does not take a value."""

    def __init__(self, uri: str) -> None:
        super().__init__(uri)
        self._uri = uri

    def power_up(self) -> RadioSettings:
        """See `Radio`. The buffer that sent the zeros is freed for gr-iio's; a device without one sends silence."""
        found = super().power_up()
        self._stop_transmitting()
        return found

    def drops(self) -> Drops:
        """See `Radio`. gr-iio looks every second, too, and clears what it finds: missing frames tell the rest."""
        with losing(self.name, OSError):
            rx, tx = take_status(self._receiver) & OVERFLOW, take_status(self._transmitter) & UNDERFLOW
        return Drops(int(rx != 0), int(tx != 0))

    def source(self) -> Any:
        with losing(self.name, OSError):
            # Of the device, for whoever opens its buffer next.
            self._receiver.set_kernel_buffers_count(RX_BUFFERS)
        with losing(self.name, RuntimeError):
            source = kept(iio.fmcomms2_source_fc32(self._uri, CHANNELS, RX_BUFFER_SAMPLES))
        source.set_min_output_buffer(QUEUE_SAMPLES)
        return source

    def sink(self) -> Any:
        with losing(self.name, RuntimeError):
            return iio.fmcomms2_sink_fc32(self._uri, CHANNELS, TX_BUFFER_SAMPLES, False)
