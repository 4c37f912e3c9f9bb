# SPDX-License-Identifier: MIT
"""LRISC as a system of a campaign: one reception gives the JSCC picture and those of the diffusion decoder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from lrisc_sdr.codec import Codec
from lrisc_sdr.diffusion import Decoder
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.types import ByteArray, Latents, ReceivedLatents

MAX_STEPS = 8


class LriscBranches:
    """
    Args:
        name: of the rows; where there are several pictures, what tells them apart is appended.
        model: name or folder of the model.
        mode: whether patches take lengths of their own or all the same.
        steps: diffusion steps, one picture each; 0 is the JSCC picture.

    Raises:
        ConfigurationError: no such model, or steps out of range.
    """

    def __init__(self, name: str, model: str, mode: Literal["adaptive", "uniform"], steps: tuple[int, ...]) -> None:
        if not steps or len(set(steps)) < len(steps) or not all(0 <= count <= MAX_STEPS for count in steps):
            raise ConfigurationError(f"system {name}: steps are different numbers from 0 to {MAX_STEPS}")
        self._codec = Codec.from_pretrained(model)
        self._decoder = Decoder.from_pretrained(model)
        self._mode = mode
        self._steps = {name if len(steps) == 1 else f"{name}, {_output(count)}": count for count in steps}
        self.names = tuple(self._steps)
        self.identity = f"{self._codec.model_id}-{mode}"

    def encode(self, image: ByteArray, snr_db: float, budget: Callable[[int], int]) -> Latents:
        """As `System.encode`."""
        return self._codec.encode(image, snr_db, budget)

    def decode(self, received: ReceivedLatents) -> Mapping[str, ByteArray]:
        """The JSCC picture comes with that of any number of steps: it is made for itself only where it is alone."""
        pictures: dict[int, ByteArray] = {}
        for count in sorted(self._steps.values(), reverse=True):
            if count not in pictures:
                decoded = self._decoder.decode(received, count)
                pictures |= {count: decoded.picture, 0: decoded.jscc}
        return {name: pictures[count] for name, count in self._steps.items()}


def _output(steps: int) -> str:
    return "JSCC" if steps == 0 else f"{steps} step" + "s" * (steps > 1)
