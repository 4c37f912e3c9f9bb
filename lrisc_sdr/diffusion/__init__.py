# SPDX-License-Identifier: MIT
"""The conditional diffusion decoder, guided by the received latents. Needs torch."""

from __future__ import annotations

from lrisc_sdr.diffusion.decoder import Decoder, Reconstruction

__all__ = ["Decoder", "Reconstruction"]
