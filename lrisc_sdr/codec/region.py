# SPDX-License-Identifier: MIT
"""Region of interest: where a picture shall be better than elsewhere. Source: LRISC, arXiv 2504.21577v2.

    y' = y·(1 + α·M)      features, in the network
    k' = k·(1 + γ·M)      rate of a cell before quantisation, here
    1 + w·M               weight of a squared error while training

M is the share of a patch or cell that the region covers. The receiver is told nothing of it but the rates.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from lrisc_sdr.codec.allocation import cell_bits
from lrisc_sdr.codec.patches import PATCH

RATE_GAIN = 3.0
"""γ: a cell inside gets up to 1 + γ times the rate that its bits alone would buy."""


def patch_shares(region: Tensor) -> Tensor:
    """M of every patch: region `[b, 1, 16h, 16w]`, 1 inside and 0 outside, to `[b, 1, h, w]`."""
    return F.avg_pool2d(region, PATCH)


def favoured(bits: Tensor, shares: Tensor) -> Tensor:
    """Bits of the cells `[b, h/2, w/2]` times 1 + γ·M; `shares` are those of the patches, `[b, 1, h, w]`."""
    return bits * (1 + RATE_GAIN * cell_bits(shares[:, 0]))


def padded(region: NDArray[np.bool_], height: int, width: int) -> Tensor:
    """A region bool `[H, W]` as f32 `[1, 1, height, width]`, its edges repeated as those of the picture are."""
    tensor = torch.from_numpy(np.ascontiguousarray(region)).float()[None, None]
    return F.pad(tensor, (0, width - region.shape[1], 0, height - region.shape[0]), mode="replicate")
