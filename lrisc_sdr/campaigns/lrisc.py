# SPDX-License-Identifier: MIT
"""LRISC as a system of a campaign: one reception gives the JSCC picture and those of the diffusion decoder."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lrisc_sdr.codec import Codec
from lrisc_sdr.codec.codec import Mode
from lrisc_sdr.diffusion import Decoder
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.evaluation.regions import box, check_edges
from lrisc_sdr.types import ByteArray, Latents, ReceivedLatents

MAX_STEPS = 8


class LriscBranches:
    """
    Args:
        name: of the rows; where there are several pictures, what tells them apart is appended.
        model: name or folder of the model.
        mode: whether patches take lengths of their own or all the same.
        steps: diffusion steps, one picture each; 0 is the JSCC picture.
        roi: region of interest, a rectangle as `evaluation.regions.box` takes it; empty for none.

    Raises:
        ConfigurationError: no such model, steps out of range, or not a rectangle.
    """

    def __init__(self, name: str, model: str, mode: Mode, steps: tuple[int, ...], roi: tuple[float, ...] = ()) -> None:
        if not steps or len(set(steps)) < len(steps) or not all(0 <= count <= MAX_STEPS for count in steps):
            raise ConfigurationError(f"system {name}: steps are different numbers from 0 to {MAX_STEPS}")
        if roi:
            check_edges(roi)
        self._codec = Codec.from_pretrained(model)
        self._decoder = Decoder.from_pretrained(model)
        self._mode = mode
        self._roi = roi
        self._steps = {name if len(steps) == 1 else f"{name}, {_output(count)}": count for count in steps}
        self.names = tuple(self._steps)
        self.identity = f"{self._codec.model_id}-{mode}" + "".join(f"-{edge:g}" for edge in roi)

    def encode(self, image: ByteArray, snr_db: float, budget: Callable[[int], int]) -> Latents:
        """As `System.encode`."""
        region = box(image.shape[0], image.shape[1], self._roi) if self._roi else None
        return self._codec.encode(image, snr_db, budget, region, self._mode)

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
