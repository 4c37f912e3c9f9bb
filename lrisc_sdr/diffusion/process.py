# SPDX-License-Identifier: MIT
"""The noise processes, from a picture to where decoding starts. One signed level u tells the network which, and where.

From the JSCC picture x̂ (the default), a residual shift (ResShift, arXiv 2307.12348), u = √η from 0 to 1:

    x_u = x₀ + η·(x̂ − x₀) + κ·√η·ε,   ε ~ N(0, I)

One step from η to ζ < η, given an estimate of x₀, is the exact posterior

    x_ζ ~ N( (ζ/η)·x_η + (1 − ζ/η)·x₀,  κ²·ζ·(1 − ζ/η) I )

From pure noise (LRISC, arXiv 2504.21577), on a straight line (rectified flow, arXiv 2209.03003), u = −t from 0 to −1:

    x_u = (1 − t)·x₀ + t·ε

with the deterministic step that keeps the noise which the estimate of x₀ implies (DDIM, arXiv 2010.02502):

    x_s = (1 − s)·x₀ + (s/t)·(x_t − (1 − t)·x₀)
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor

from lrisc_sdr.sampling import MAX_STEPS, Start

KAPPA = 0.2
"""κ, in units of half the pixel range."""


def begin(jscc: Tensor, level: Tensor, noise: Tensor) -> Tensor:
    """x_u where decoding starts; pictures `[b, 3, H, W]` in [-1, 1], levels u `[b]`, whose sign tells the start."""
    return torch.where(_over_pictures(level) > 0, jscc + KAPPA * noise, noise)


def advance(x: Tensor, x0: Tensor, level: Tensor, following: Tensor, noise: Tensor) -> Tensor:
    """One step from u to v, of the same sign (v may be 0), given an estimate of x₀.

    Args:
        x, x0: x_u and the estimate, `[b, 3, H, W]`.
        level, following: u and v, `[b]`.
        noise: ε, the same shape as x.
    """
    u, v = _over_pictures(level), _over_pictures(following)
    kept = (v / u).square()
    drawn = kept * x + (1 - kept) * x0 + KAPPA * v * (1 - kept).sqrt() * noise
    straight = (1 + v) * x0 + v / u * (x - (1 + u) * x0)
    return torch.where(u > 0, drawn, straight)


def _over_pictures(level: Tensor) -> Tensor:
    return level[:, None, None, None]


def schedule(steps: int) -> list[float]:
    """|u| at the start of every step and, last, 0: evenly from 1.

    Raises:
        ValueError: `steps` is not within 1 to 8.
    """
    if not 1 <= steps <= MAX_STEPS:
        raise ValueError(f"steps must be within 1 to {MAX_STEPS}, not {steps}")
    return [(steps - k) / steps for k in range(steps + 1)]


def sample(
    denoise: Callable[[Tensor, Tensor], Tensor],
    jscc: Tensor,
    steps: int,
    noise: Callable[[], Tensor],
    start: Start = "jscc",
    watch: Callable[[int, Tensor], None] | None = None,
) -> Tensor:
    """Run the reverse process.

    Args:
        denoise: the estimate of x₀ from x_u and the levels u, `[b]`.
        jscc: x̂, `[b, 3, H, W]` in [-1, 1].
        steps: network evaluations, 1 to 8.
        noise: draws ε ~ N(0, I), of the shape of x̂; all that is random comes from it.
        start: from the JSCC picture, or from pure noise.
        watch: told after every step how many are done, and the estimate of x₀.

    Raises:
        ValueError: `steps` is out of range.
    """
    levels = torch.tensor(schedule(steps), device=jscc.device)[:, None].expand(-1, len(jscc))
    if start == "noise":
        levels = -levels

    x = begin(jscc, levels[0], noise())
    for done, (level, following) in enumerate(pairwise(levels), start=1):
        x0 = denoise(x, level)
        if watch is not None:
            watch(done, x0)
        x = advance(x, x0, level, following, noise())
    return x
