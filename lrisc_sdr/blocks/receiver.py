# SPDX-License-Identifier: GPL-3.0-or-later
"""LRISC OFDM Receiver: a stream of samples becomes a PDU for every burst whose header is right."""

from __future__ import annotations

import functools
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pmt
from gnuradio import gr

from lrisc_sdr.blocks.guard import Guarded, Report, guarded
from lrisc_sdr.blocks.pdu import frame_to_pdu
from lrisc_sdr.blocks.tags import TORN_TAG
from lrisc_sdr.framing.sequence import Enough, FrameSequence
from lrisc_sdr.telemetry import WatchedReceiver
from lrisc_sdr.types import ComplexArray, ReceivedFrame
from lrisc_sdr.waveform import waveform as waveform_named

FRAMES = pmt.intern("frames")


class Receiver(Guarded, gr.sync_block):
    """The whole receiver in one block; `phy.Receiver` makes chunks of its own size of those that GNU Radio hands over.

    It begins anew at every sample with the tag `lrisc_torn`.

    Args:
        waveform: name of a waveform preset.

    Raises:
        ConfigurationError: there is no such waveform.
    """

    def __init__(self, waveform: str = "pluto256") -> None:
        Guarded.__init__(self)
        gr.sync_block.__init__(self, name="LRISC OFDM Receiver", in_sig=[np.complex64], out_sig=None)
        self.message_port_register_out(FRAMES)
        self._waveform = waveform_named(waveform)
        self._receiver = WatchedReceiver(self._waveform)
        self._receive_s = 0.0
        self._attributed_s = 0.0
        self._frames_received = 0
        self._sequence = FrameSequence()
        self._pictures: dict[int, dict[str, float]] = {}

    @guarded
    def work(self, input_items: list[Any], output_items: list[Any]) -> int:
        samples = input_items[0]
        for part, torn in self._parts(samples):
            if torn:
                self._receive(self._receiver.flush)
            self._receive(functools.partial(self._receiver.process, part))
        self.items += len(samples)
        return len(samples)

    def _parts(self, samples: ComplexArray) -> Iterator[tuple[ComplexArray, bool]]:
        """The samples, cut where the stream is torn; True for what does not join on to what was before."""
        tags = self.get_tags_in_window(0, 0, len(samples), TORN_TAG)
        cuts = sorted({tag.offset - self.nitems_read(0) for tag in tags})
        for begin, end in itertools.pairwise([0, *(cut for cut in cuts if cut), len(samples)]):
            yield samples[begin:end], begin in cuts

    def flush(self) -> None:
        self._receive(self._receiver.flush)
        self._sequence.end()

    def has(self, enough: Enough) -> bool:
        """Whether enough has been received."""
        return self._sequence.has(enough, self.items, self._waveform.rate_sps)

    def _receive(self, step: Callable[[], list[ReceivedFrame]]) -> None:
        started = time.perf_counter()
        frames = step()
        self._receive_s += time.perf_counter() - started
        self._publish(frames)

    def _publish(self, frames: Sequence[ReceivedFrame]) -> None:
        spacing_hz = self._waveform.rate_sps / self._waveform.n_fft
        for frame in frames:
            picture = self._pictures.setdefault(frame.header.picture_id, {"frames_received": 0, "receive_s": 0.0})
            picture["frames_received"] += 1
            # What was spent since the last frames were found is shared among those found now.
            picture["receive_s"] += (self._receive_s - self._attributed_s) / len(frames)
            self._sequence.note(frame.header, self.items)
            self.message_port_pub(FRAMES, frame_to_pdu(frame, spacing_hz))
        if frames:
            self._attributed_s = self._receive_s
        self._frames_received += len(frames)

    def report(self) -> Report:
        return {
            "samples_received": self.items,
            "frames_received": self._frames_received,
            "receive_s": self._receive_s,
            "frames_missing": self._sequence.missing,
            "funnel": asdict(self._receiver.counters),
            "pictures": self._pictures,
        }
