# SPDX-License-Identifier: MIT
"""A channel made of software: impairments as pure functions, one a file, and `Channel`, which applies them to a stream.

channel = Channel(preset("desk"), waveform.rate_sps, waveform.noise_var, seed=7)
received = np.concatenate([channel.process(sent), channel.flush()])
"""

from lrisc_sdr.channel.simulator import Channel
from lrisc_sdr.channel.spec import CARRIER_HZ, PRESETS, ChannelSpec, preset

__all__ = ["CARRIER_HZ", "PRESETS", "Channel", "ChannelSpec", "preset"]
