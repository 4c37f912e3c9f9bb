# SPDX-License-Identifier: GPL-3.0-or-later
"""LRISC Radio Sink: a stream on the air, within what the transmit guard permits."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
from gnuradio import gr

from lrisc_sdr.blocks.guard import Guarded, Report, guarded
from lrisc_sdr.blocks.streamed import Corrected, Streamed, calibrated, open_streamed
from lrisc_sdr.radio.guard import TransmitGuard
from lrisc_sdr.radio.metering import StreamMeter
from lrisc_sdr.radio.opening import SILENT
from lrisc_sdr.radio.request import TransmitRequest
from lrisc_sdr.radio.settings import RadioConfig
from lrisc_sdr.radio.silencer import silencer_of
from lrisc_sdr.types import ComplexArray
from lrisc_sdr.waveform import Waveform
from lrisc_sdr.waveform import waveform as waveform_named

COMPLEX = gr.sizeof_gr_complex
# Until the graph has started, and for pauses that are longer on a busy machine.
SPARE_S = 30.0


class Gate(Guarded, gr.sync_block):
    """Samples to a device at its level, each accounted for before it goes on where it is radiated.

    Args:
        amplitude: what samples are multiplied by.
        corrected: what is done to them then.

    Attributes:
        meter: accounts for them.
    """

    def __init__(self, amplitude: float, corrected: Corrected) -> None:
        Guarded.__init__(self)
        gr.sync_block.__init__(self, name="LRISC gate", in_sig=[np.complex64], out_sig=[np.complex64])
        self._amplitude = np.float32(amplitude)
        self._corrected = corrected
        self.meter: StreamMeter | None = None

    @guarded
    def work(self, input_items: list[Any], output_items: list[Any]) -> int:
        samples: ComplexArray = input_items[0]
        if self.meter is not None:
            self.meter.take(samples)
        output_items[0][:] = self._corrected.sent(samples * self._amplitude)
        self.items += len(samples)
        return len(samples)


class Transmission:
    """A device that is on the air from `begin` to `close`, and the request for it.

    Args:
        config: the radio.
        waveform: of the bursts.
        wanted: the user has said that it shall transmit.
        air_time_s, longest_burst_s, within_s: as of `TransmitRequest`.

    Raises:
        TransmitRefused: nothing may be sent so; nothing was written to the device.
        HardwareError: there is no such device.
    """

    def __init__(
        self,
        config: RadioConfig,
        waveform: Waveform,
        wanted: bool,
        air_time_s: float,
        longest_burst_s: float,
        within_s: float | None,
    ) -> None:
        self._settings = config.settings(waveform)
        self._guard = None if config.radio in SILENT else TransmitGuard.of_user()
        if self._guard is not None:
            self._request = TransmitRequest(
                silencer=silencer_of(config.radio, config.uri),
                transmit=wanted,
                settings=self._settings,
                waveform=waveform,
                air_time_s=air_time_s,
                longest_burst_s=min(longest_burst_s, air_time_s),
                within_s=2 * air_time_s + SPARE_S if within_s is None else within_s,
                purpose="flow graph",
            )
            self._guard.permit(self._request)
        self.device: Streamed = open_streamed(config.radio, config.uri)
        self.radio = calibrated(config, self.device)
        self.corrected = Corrected(self.radio, self.device)
        self.gate = Gate(config.amplitude, self.corrected)
        self._on_air = contextlib.ExitStack()

    def begin(self) -> None:
        """Go on the air, as of `TransmitGuard.on_air`."""
        if self._guard is None:
            self.radio.configure(self._settings)
            self.radio.power_up()
        else:
            air = self._on_air.enter_context(self._guard.on_air(self.radio, self._request))
            self.gate.meter = StreamMeter(air, self._settings.rate_sps)

    def close(self) -> None:
        """Leave the air, and let go of the device."""
        try:
            self._on_air.close()
        finally:
            self.device.close()


class RadioSink(Guarded, gr.hier_block2):
    """Sends a stream with the radio that a block of TOML names. It is made with a permit or not at all.

    `prepare` powers the transmitter up, and makes and connects the radio's own sink: a graph without it does not start.
    `close` powers it down; in between a guardian watches it.

    Args:
        config: TOML as of `lrisc_sdr.radio.settings.RadioConfig`, or the name of a file `*.toml` that it is in.
        waveform: name of the waveform preset, which gives the sampling rate where the TOML does not.
        transmit: whether the radio shall transmit, in a band that the user's own allow-list has.
        air_time_s: the most that is sent, without pauses of 0.1 s or more `[s]`.
        longest_burst_s: the longest time without such a pause `[s]`.
        within_s: from power-up, when the guardian switches off in any case; 0: twice the air time and half a minute
            `[s]`.

    Raises:
        TransmitRefused: it may not be sent.
        ConfigurationError: a setting is wrong.
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
        signature = gr.io_signature(1, 1, COMPLEX), gr.io_signature(0, 0, 0)
        gr.hier_block2.__init__(self, "LRISC Radio Sink", *signature)
        self._way = Transmission(
            RadioConfig.of(config),
            waveform_named(waveform),
            transmit,
            air_time_s,
            longest_burst_s,
            within_s or None,
        )
        self._gate = self._way.gate
        self._sink: Any = None
        self.connect(self, self._gate)
        self.ended = self._gate.ended

    def prepare(self) -> None:
        self._way.begin()
        self._sink = self._way.device.sink()
        self.connect(self._gate, self._sink)

    def parts(self) -> dict[str, Guarded]:
        return {"gate": self._gate} | ({"samples": self._sink} if isinstance(self._sink, Guarded) else {})

    def close(self) -> None:
        self._way.close()

    def report(self) -> Report:
        return {"samples_sent": self._gate.items}
