# SPDX-License-Identifier: MIT
"""The noise process: a residual shift from the picture to the JSCC picture (ResShift, arXiv 2307.12348).

    x_η = x₀ + η·(x̂ − x₀) + κ·√η·ε,   ε ~ N(0, I),   0 ≤ η ≤ 1

At η = 1 it is the JSCC picture x̂ with noise of standard deviation κ, where decoding starts; at η = 0 it is the picture.
One step from η to ζ < η, given an estimate of x₀, is the exact posterior

    x_ζ ~ N( (ζ/η)·x_η + (1 − ζ/η)·x₀,  κ²·ζ·(1 − ζ/η) I )
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor

KAPPA = 0.2
"""κ, in units of half the pixel range."""

MAX_STEPS = 8


def shift(x0: Tensor, jscc: Tensor, eta: Tensor, noise: Tensor) -> Tensor:
    """x_η; pictures `[b, 3, H, W]` in [-1, 1], `eta` `[b]`."""
    e = eta[:, None, None, None]
    return x0 + e * (jscc - x0) + KAPPA * e.sqrt() * noise


def schedule(steps: int) -> list[float]:
    """η at the start of every step and, last, 0: √η falls linearly from 1.

    Raises:
        ValueError: `steps` is not within 1 to 8.
    """
    if not 1 <= steps <= MAX_STEPS:
        raise ValueError(f"steps must be within 1 to {MAX_STEPS}, not {steps}")
    return [((steps - k) / steps) ** 2 for k in range(steps + 1)]


def sample(denoise: Callable[[Tensor, float], Tensor], jscc: Tensor, steps: int, generator: torch.Generator) -> Tensor:
    """Run the reverse process from the JSCC picture.

    Args:
        denoise: the estimate of x₀ from (x_η, η).
        jscc: x̂, `[1, 3, H, W]` in [-1, 1].
        steps: network evaluations, 1 to 8.
        generator: source of all noise, so that a picture's id gives one picture.
    """
    etas = schedule(steps)

    def noise() -> Tensor:
        return torch.randn(jscc.shape, generator=generator)

    x = jscc + KAPPA * noise()
    for eta, following in pairwise(etas):
        x0 = denoise(x, eta)
        kept = following / eta
        x = kept * x + (1 - kept) * x0
        if following > 0:
            x = x + KAPPA * (following * (1 - kept)) ** 0.5 * noise()
    return x
