# SPDX-License-Identifier: MIT
"""The LRISC codec: nonlinear transform, entropy model, adaptive length, joint source-channel coding. Needs torch."""

from __future__ import annotations

from lrisc_sdr.errors import MissingExtra

try:
    import torch as _torch  # noqa: F401
except ImportError as error:  # pragma: no cover - a radio host has no torch
    raise MissingExtra("torch", "codec") from error

from lrisc_sdr.codec.codec import Codec, JsccPicture

__all__ = ["Codec", "JsccPicture"]
