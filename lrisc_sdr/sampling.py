# SPDX-License-Identifier: MIT
"""How the diffusion decoder makes a picture: what commands, workers and decoders tell each other of it. No torch."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal, get_args

from lrisc_sdr.errors import ConfigurationError

MAX_STEPS = 8

Start = Literal["jscc", "noise"]
"""Where diffusion starts: from the JSCC decoder's picture with noise, or from noise alone."""

STARTS: tuple[Start, ...] = get_args(Start)


@dataclass(frozen=True)
class Sampling:
    """
    Attributes:
        steps: evaluations of the denoiser, 1 to 8; 0 for the JSCC picture alone.
        start: where diffusion starts.
        perception: the trade-off p between distortion and perception, 0 to 1: x̂ + p·(x₀ − x̂). The straight line
            from the picture of least squared error to the most natural one is the optimal trade between squared
            error and (Wasserstein) distance to natural pictures (Freirich et al., arXiv 2107.02555).

    Raises:
        ConfigurationError: one of them is out of range.
    """

    steps: int = 1
    start: Start = "jscc"
    perception: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.steps <= MAX_STEPS:
            raise ConfigurationError(f"steps must be within 0 to {MAX_STEPS}, not {self.steps}")
        if self.start not in STARTS:
            raise ConfigurationError(f"start must be {' or '.join(STARTS)}, not {self.start}")
        if not 0 <= self.perception <= 1:
            raise ConfigurationError(f"perception must be within 0 and 1, not {self.perception:g}")

    def options(self) -> tuple[str, ...]:
        """As options of the commands and of a worker's process, which read the same values."""
        return tuple(f"--{name}={value}" for name, value in asdict(self).items())
