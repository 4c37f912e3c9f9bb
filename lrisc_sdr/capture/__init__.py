# SPDX-License-Identifier: MIT
"""SigMF recordings: written whole or not at all, checked before they are used; and those of other tools.

write_capture("out/kodim07", samples, waveform.rate_sps, waveform.name)
capture = open_capture("out/kodim07", waveform="pluto256")
for chunk in capture.chunks():
    frames += receiver.process(chunk)
"""

from lrisc_sdr.capture.capture import Annotation, Capture, Segment
from lrisc_sdr.capture.reading import open_capture
from lrisc_sdr.capture.writing import CaptureWriter, write_capture

__all__ = ["Annotation", "Capture", "CaptureWriter", "Segment", "open_capture", "write_capture"]
