# SPDX-License-Identifier: MIT
"""Radios behind one protocol, and the guard that stands between every caller and the air."""

from lrisc_sdr.radio.protocol import Drops, Radio, RadioAbsent, RadioLost, RadioSettings, RadioStillOn

__all__ = ["Drops", "Radio", "RadioAbsent", "RadioLost", "RadioSettings", "RadioStillOn"]
