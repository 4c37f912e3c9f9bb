# SPDX-License-Identifier: MIT
"""All metrics for pictures as arrays of bytes; the ones that need torch import it when they are first asked for."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from lrisc_sdr.errors import ConfigurationError, MissingExtra
from lrisc_sdr.evaluation import pixels
from lrisc_sdr.evaluation.pixels import ms_ssim, psnr_db
from lrisc_sdr.evaluation.weights import Net
from lrisc_sdr.types import ByteArray

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["NAMES", "Scores", "compare", "dists", "lpips", "ms_ssim", "psnr_db"]


@dataclass(frozen=True)
class Scores:
    """How near a picture is to its source. None: not asked for, or not to be had, and then `notes` says why by name.

    Attributes:
        psnr_db: `[dB]`, larger is nearer.
        ms_ssim: 0 to 1, larger is nearer.
        lpips: LPIPS (AlexNet, v0.1), smaller is nearer.
        lpips_vgg: LPIPS (VGG16, v0.1), smaller is nearer.
        dists: DISTS, smaller is nearer.
        notes: name of the metric to a reason, also for a value that is not quite the usual one.
    """

    psnr_db: float | None = None
    ms_ssim: float | None = None
    lpips: float | None = None
    lpips_vgg: float | None = None
    dists: float | None = None
    notes: Mapping[str, str] = field(default_factory=dict)


NAMES = ("psnr_db", "ms_ssim", "lpips", "lpips_vgg", "dists")


Memory = dict[str, Any]
"""What networks made of a source, for the next picture that is compared with it; one to a source."""


def compare(
    source: ByteArray,
    picture: ByteArray,
    names: Collection[str] = ("psnr_db", "ms_ssim", "lpips"),
    memory: Memory | None = None,
) -> Scores:
    """Scores of a received picture; a metric that cannot be had here is None with a note, never an error.

    Args:
        source, picture: u8 `[H, W, 3]`, of one shape, 32×32 to 4096×4096.
        names: which of `NAMES` to compute. LPIPS with VGG16 and DISTS cost about 20 times what LPIPS with AlexNet does.
        memory: empty at first, then the same for every picture that is compared with this source: halves that cost.
    """
    values: dict[str, float] = {}
    notes: dict[str, str] = {}
    for name in names:
        try:
            value = _METRICS[name](source, picture, memory)
        except ConfigurationError as error:
            notes[name] = str(error)
            continue
        if math.isfinite(value):
            values[name] = value
        else:
            notes[name] = "the pictures are equal: infinite"
    scales = pixels.scales(*source.shape[:2])
    if "ms_ssim" in values and scales < len(pixels.SCALE_WEIGHTS):
        notes["ms_ssim"] = f"the picture is small: {scales} scales instead of {len(pixels.SCALE_WEIGHTS)}"
    return Scores(**values, notes=notes)


def lpips(source: ByteArray, picture: ByteArray, net: Net = "alex", memory: Memory | None = None) -> float:
    """LPIPS v0.1 of two pictures u8 `[H, W, 3]`. Raises `ConfigurationError` where torch or the weights are missing."""
    value: float = _network(net).tiled(_tensor(source), _tensor(picture), memory=memory)
    return value


def dists(source: ByteArray, picture: ByteArray, memory: Memory | None = None) -> float:
    """DISTS of two pictures u8 `[H, W, 3]`. Raises `ConfigurationError` where torch or the weights are missing."""
    value: float = _network("dists").tiled(_tensor(source), _tensor(picture), memory=memory)
    return value


_METRICS: Mapping[str, Callable[[ByteArray, ByteArray, Memory | None], float]] = {
    "psnr_db": lambda source, picture, _: psnr_db(source, picture),
    "ms_ssim": lambda source, picture, _: ms_ssim(source, picture),
    "lpips": lambda source, picture, memory: lpips(source, picture, "alex", memory),
    "lpips_vgg": lambda source, picture, memory: lpips(source, picture, "vgg", memory),
    "dists": dists,
}


@lru_cache(maxsize=3)
def _network(name: str) -> Any:
    try:
        from lrisc_sdr.evaluation.dists import Dists
        from lrisc_sdr.evaluation.lpips import Lpips
    except ImportError as error:
        raise MissingExtra("torch", "metrics") from error
    if name == "dists":
        return Dists()
    return Lpips("alex" if name == "alex" else "vgg")


def _tensor(picture: ByteArray) -> Tensor:
    """u8 `[H, W, 3]` to f32 `[1, 3, H, W]` in [0, 1]."""
    import torch

    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].to(torch.float32) / 255.0
