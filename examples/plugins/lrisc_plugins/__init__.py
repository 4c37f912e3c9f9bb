# SPDX-License-Identifier: MIT
"""A codec with its decoder, a waveform and a radio that are not part of lrisc_sdr."""
