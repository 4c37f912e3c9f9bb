# SPDX-License-Identifier: GPL-3.0-or-later
"""GNU Radio blocks: thin shells around the physical layer, the channel, the captures and the link.

    FrameSource ─► Transmitter ─► Channel ─► Receiver ─► ZmqSink
      .frames        bursts                   PDUs        lrisc decode

Their files for GNU Radio Companion lie in `grc/`, the graphs that use them in the folder `flowgraphs`. A block is
imported when it is first asked for: the package itself can be imported without GNU Radio, so that `blocks.run` can say
in one line that it is missing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from lrisc_sdr.blocks.requirement import require_gnuradio

if TYPE_CHECKING:
    from lrisc_sdr.blocks.capture_sink import CaptureSink
    from lrisc_sdr.blocks.capture_source import CaptureSource
    from lrisc_sdr.blocks.channel import Channel
    from lrisc_sdr.blocks.frame_log import FrameLog
    from lrisc_sdr.blocks.frame_source import FrameSource
    from lrisc_sdr.blocks.guard import prepare, supervise
    from lrisc_sdr.blocks.radio_link import RadioLink
    from lrisc_sdr.blocks.radio_sink import RadioSink
    from lrisc_sdr.blocks.radio_source import RadioSource
    from lrisc_sdr.blocks.receiver import Receiver
    from lrisc_sdr.blocks.transmitter import Transmitter
    from lrisc_sdr.blocks.windows import watch
    from lrisc_sdr.blocks.zmq_sink import ZmqSink

__all__ = [
    "CaptureSink",
    "CaptureSource",
    "Channel",
    "FrameLog",
    "FrameSource",
    "RadioLink",
    "RadioSink",
    "RadioSource",
    "Receiver",
    "Transmitter",
    "ZmqSink",
    "prepare",
    "supervise",
    "watch",
]

_MODULES = {
    "CaptureSink": "capture_sink",
    "CaptureSource": "capture_source",
    "Channel": "channel",
    "FrameLog": "frame_log",
    "FrameSource": "frame_source",
    "RadioLink": "radio_link",
    "RadioSink": "radio_sink",
    "RadioSource": "radio_source",
    "Receiver": "receiver",
    "Transmitter": "transmitter",
    "ZmqSink": "zmq_sink",
    "prepare": "guard",
    "supervise": "guard",
    "watch": "windows",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    require_gnuradio()
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
