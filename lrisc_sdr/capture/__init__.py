# SPDX-License-Identifier: MIT
"""SigMF recordings: written whole or not at all, checked before they are used.

write_capture("out/kodim07", samples, waveform.rate_sps, waveform.name)
capture = read_capture("out/kodim07", waveform="pluto256")
for chunk in capture.chunks():
    frames += receiver.process(chunk)
"""

from lrisc_sdr.capture.reading import Capture, read_capture
from lrisc_sdr.capture.writing import CaptureWriter, write_capture

__all__ = ["Capture", "CaptureWriter", "read_capture", "write_capture"]
