# SPDX-License-Identifier: GPL-3.0-or-later
"""LRISC Radio Source: what a radio receives, whichever radio a block of TOML names."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
from gnuradio import gr

from lrisc_sdr.blocks.guard import WORK_DONE, Guarded, Report, guarded
from lrisc_sdr.blocks.radio_recorder import FRAMES, RadioRecorder
from lrisc_sdr.blocks.stage import BUFFER_ITEMS
from lrisc_sdr.blocks.streamed import Corrected, Streamed, calibrated, open_streamed
from lrisc_sdr.errors import HardwareError
from lrisc_sdr.radio.opening import SILENT
from lrisc_sdr.radio.protocol import Drops, RadioLost
from lrisc_sdr.radio.recording import RECORD_TYPE, record_stream
from lrisc_sdr.radio.settings import RadioConfig
from lrisc_sdr.telemetry import TellOverflows
from lrisc_sdr.waveform import waveform as waveform_named

LOOK_S = 0.1
COMPLEX = gr.sizeof_gr_complex


class Tap(Guarded, gr.sync_block):
    """Hands samples on until it is told to end; what is behind it then ends by itself, with all that it has.

    Args:
        corrected: what is done to the samples.
        until: whether the samples so far were the last.
    """

    def __init__(self, corrected: Corrected, until: Callable[[int], bool] = lambda _: False) -> None:
        Guarded.__init__(self)
        gr.sync_block.__init__(self, name="LRISC tap", in_sig=[np.complex64], out_sig=[np.complex64])
        self.set_min_output_buffer(BUFFER_ITEMS)
        self.asked = threading.Event()
        self._corrected = corrected
        self._until = until

    @guarded
    def work(self, input_items: list[Any], output_items: list[Any]) -> int:
        if self.asked.is_set() or self._until(self.items):
            self.asked.set()
            return WORK_DONE
        output_items[0][:] = self._corrected.received(input_items[0])
        self.items += len(input_items[0])
        return len(input_items[0])


class DropWatch:
    """Asks a device for dropped buffers, as long as a stream lasts.

    Args:
        device: whose they are.
        over: set at the stream's end.
    """

    def __init__(self, device: Streamed, over: threading.Event) -> None:
        self.drops = Drops()
        self._device, self._over = device, over
        self._overflows = TellOverflows()
        self._thread = threading.Thread(target=self._watch, name="dropped buffers", daemon=True)

    def start(self) -> None:
        """Begin; what was dropped before is not counted."""
        self._device.drops()
        self._thread.start()

    def _watch(self) -> None:
        while not self._over.wait(LOOK_S):
            try:
                self.drops += self._device.drops()
            except HardwareError:
                break  # the stream ends, too, and tells
            self._overflows.note(self.drops.overflows)
        self._overflows.note(self.drops.overflows, last=True)


class RadioSource(Guarded, gr.hier_block2):
    """The stream of a radio; it ends with a recording, or when it is told to by `end`.

    Args:
        config: TOML as of `lrisc_sdr.radio.settings.RadioConfig`, or the name of a file `*.toml` that it is in.
        waveform: name of the waveform preset, which gives the sampling rate where the TOML does not.
        record: the SigMF recording that is made of the stream, with an annotation for every frame whose PDU comes to
            the message port `frames`; empty for none.
        record_type: `cf32_le` or `ci16_le`.

    Raises:
        ConfigurationError: a setting is wrong, or the radio does not take it; there is such a recording already.
        HardwareError: there is no such radio.
    """

    def __init__(
        self, config: str, waveform: str = "pluto256", record: str = "", record_type: str = RECORD_TYPE
    ) -> None:
        Guarded.__init__(self)
        signature = gr.io_signature(0, 0, 0), gr.io_signature(1, 1, COMPLEX)
        gr.hier_block2.__init__(self, "LRISC Radio Source", *signature)
        chosen, used = RadioConfig.of(config), waveform_named(waveform)
        self._endless = chosen.radio not in SILENT
        self._device = open_streamed(chosen.radio, chosen.uri)
        radio = calibrated(chosen, self._device)
        settings = chosen.settings(used)
        self._read_back = radio.configure(settings)
        self._tap, self._source = Tap(Corrected(radio, self._device)), self._device.source()
        self._watch = DropWatch(self._device, self._tap.ended)
        self.connect(self._source, self._tap, self)
        self.message_port_register_hier_in(FRAMES)
        self._recorder: RadioRecorder | None = None
        if record:
            recording = record_stream(record, record_type, used, self._device.name, self._read_back, settings.rate_sps)
            self._recorder = RadioRecorder(recording, self._read_back, lambda: self._watch.drops.overflows)
            self.connect(self._tap, self._recorder)
            self.msg_connect((self, FRAMES), (self._recorder, FRAMES))
        self.ended = self._tap.ended

    def prepare(self) -> None:
        self._watch.start()

    def parts(self) -> dict[str, Guarded]:
        inner = {"tap": self._tap, "samples": self._source, "recorder": self._recorder}
        return {name: block for name, block in inner.items() if isinstance(block, Guarded)}

    def end(self) -> None:
        self._tap.asked.set()

    def flush(self) -> None:
        if self._endless and not self._tap.asked.is_set():
            raise RadioLost(f"{self._device.name} was lost: its samples have ended")

    def close(self) -> None:
        self._device.close()

    def report(self) -> Report:
        dropped = self._watch.drops.overflows
        return {"buffers_dropped": dropped, "reconnects": 0, "read_back": asdict(self._read_back)}
