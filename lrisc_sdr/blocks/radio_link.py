# SPDX-License-Identifier: GPL-3.0-or-later
"""LRISC Radio Link: from the transmitter to the receiver of one radio, or through a simulated channel in its place."""

from __future__ import annotations

from typing import Any

from gnuradio import gr

from lrisc_sdr.blocks.guard import Guarded, Report
from lrisc_sdr.blocks.radio_sink import COMPLEX, Transmission
from lrisc_sdr.blocks.radio_source import DropWatch, Tap
from lrisc_sdr.blocks.streamed_plain import StreamedLoopback
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.radio.protocol import RadioLost
from lrisc_sdr.radio.settings import RadioConfig
from lrisc_sdr.waveform import waveform as waveform_named

TAIL_S = 1.0
"""What is received after the last sample was handed over: buffers on both ways, by the samples' clock."""


class RadioLink(Guarded, gr.hier_block2):
    """Sends and receives at once; its stream ends a second after what it sends.

    Args:
        config, waveform, transmit, air_time_s, longest_burst_s, within_s: as of `RadioSink`.

    Raises:
        TransmitRefused: it may not be sent.
        ConfigurationError: a setting is wrong, or the radio is a recording, which has one direction.
        HardwareError: there is no such radio.
    """

    def __init__(
        self,
        config: str,
        waveform: str = "pluto256",
        transmit: bool = False,
        air_time_s: float = 60.0,
        longest_burst_s: float = 1.0,
        within_s: float = 0.0,
    ) -> None:
        Guarded.__init__(self)
        signature = gr.io_signature(1, 1, COMPLEX), gr.io_signature(1, 1, COMPLEX)
        gr.hier_block2.__init__(self, "LRISC Radio Link", *signature)
        chosen, used = RadioConfig.of(config), waveform_named(waveform)
        if chosen.radio == "file":
            raise ConfigurationError("a recording has one direction: a link needs a radio, or 'loopback'")
        self._way = Transmission(chosen, used, transmit, air_time_s, longest_burst_s, within_s or None)
        self._device, self._gate = self._way.device, self._way.gate
        self._tail = round(TAIL_S * chosen.settings(used).rate_sps)
        self._sent_at: int | None = None
        self._tap = Tap(self._way.corrected, self._over)
        self._watch: DropWatch | None = None
        self._blocks: tuple[Any, ...] = ()
        self.connect(self, self._gate)
        if isinstance(self._device, StreamedLoopback):
            self._through = self._device.through()
            self.connect(self._gate, self._through, self)
            self.ended = self._through.ended
        else:
            self._watch = DropWatch(self._device, self._tap.ended)
            self.connect(self._tap, self)
            self.ended = self._tap.ended

    def prepare(self) -> None:
        self._way.begin()
        if self._watch is not None:
            self._blocks = (self._device.sink(), self._device.source())
            self.connect(self._gate, self._blocks[0])
            self.connect(self._blocks[1], self._tap)
            self._watch.start()

    def parts(self) -> dict[str, Guarded]:
        blocks: dict[str, Guarded] = {"gate": self._gate}
        return blocks | ({"channel": self._through} if self._watch is None else {"tap": self._tap})

    def end(self) -> None:
        self._tap.asked.set()

    def flush(self) -> None:
        if self._watch is not None and not self._tap.asked.is_set():
            raise RadioLost(f"{self._device.name} was lost: its samples have ended")

    def close(self) -> None:
        self._way.close()

    def report(self) -> Report:
        dropped = 0 if self._watch is None else self._watch.drops.overflows
        return {"samples_sent": self._gate.items, "buffers_dropped": dropped}

    def _over(self, samples: int) -> bool:
        """Whether so many received samples are all: the tail after the end of what is sent among them."""
        if self._sent_at is None and self._gate.ended.is_set():
            self._sent_at = samples
        return self._sent_at is not None and samples - self._sent_at > self._tail
