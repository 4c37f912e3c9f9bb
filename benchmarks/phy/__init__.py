# SPDX-License-Identifier: MIT
"""The OFDM physical layer: speed, sensitivity, estimation and memory, beside gr-digital, liquid-dsp and the limits."""
