# SPDX-License-Identifier: GPL-3.0-or-later
"""GNU Radio blocks: thin shells around the physical layer, the channel, the captures and the link.

    FrameSource ─► Transmitter ─► Channel ─► Receiver ─► ZmqSink
      .frames        bursts                   PDUs        lrisc decode

Their files for GNU Radio Companion lie in `grc/`, the graphs that use them in the folder `flowgraphs`.
"""

from lrisc_sdr.errors import ConfigurationError

try:
    import gnuradio.gr  # noqa: F401 - whether it can be loaded
except ImportError as error:
    raise ConfigurationError(
        f"this Python cannot load GNU Radio ({error}): install the distribution's gnuradio package and make the "
        "virtual environment from the system's Python with --system-site-packages"
    ) from error

from lrisc_sdr.blocks.capture_sink import CaptureSink
from lrisc_sdr.blocks.capture_source import CaptureSource
from lrisc_sdr.blocks.channel import Channel
from lrisc_sdr.blocks.frame_source import FrameSource
from lrisc_sdr.blocks.guard import supervise
from lrisc_sdr.blocks.receiver import Receiver
from lrisc_sdr.blocks.transmitter import Transmitter
from lrisc_sdr.blocks.zmq_sink import ZmqSink

__all__ = [
    "CaptureSink",
    "CaptureSource",
    "Channel",
    "FrameSource",
    "Receiver",
    "Transmitter",
    "ZmqSink",
    "supervise",
]
