# SPDX-License-Identifier: MIT
"""From the radio's process to the decoder's: wire format, sender, decoder service."""

from lrisc_sdr.link.sender import Sender

__all__ = ["Sender"]
