# SPDX-License-Identifier: MIT
"""LRISC as a system of a campaign: one reception gives the JSCC picture and those of the diffusion decoder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from lrisc_sdr.codec.codec import Mode
from lrisc_sdr.diffusion import Decoder
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.evaluation.regions import box, check_edges
from lrisc_sdr.runs.encoders import find_encoder
from lrisc_sdr.sampling import Sampling
from lrisc_sdr.types import ByteArray, Latents, ReceivedLatents

_USUAL = Sampling()


class LriscBranches:
    """
    Args:
        name: of the rows; where there are several pictures, what tells them apart is appended.
        model: name or folder of the model.
        mode: whether patches take lengths of their own or all the same.
        samplings: how the decoder makes pictures, one each, which differ in their steps alone.
        roi: region of interest, a rectangle as `evaluation.regions.box` takes it; empty for none.
        refine: gradient steps by which the transmitter refines its symbols; 0 for none.

    Raises:
        ConfigurationError: no such model, no steps or the same twice, not a rectangle, or it cannot be refined.
    """

    def __init__(
        self,
        name: str,
        model: str,
        mode: Mode,
        samplings: Sequence[Sampling],
        roi: tuple[float, ...] = (),
        refine: int = 0,
    ) -> None:
        if not samplings or len(set(samplings)) < len(samplings):
            raise ConfigurationError(f"system {name}: steps are different numbers, one or more")
        if roi:
            check_edges(roi)
        if refine < 0:
            raise ConfigurationError(f"system {name}: refine is a number of steps, 0 or more")
        self._encoder = find_encoder(model, refine)
        self._decoder = Decoder.from_pretrained(model)
        self._mode = mode
        self._roi = roi
        alone = len(samplings) == 1
        self._samplings = {name if alone else f"{name}, {_output(each.steps)}": each for each in samplings}
        self.names = tuple(self._samplings)
        self.identity = f"{self._encoder.model_id}-{mode}" + "".join(f"-{edge:g}" for edge in roi) + _how(samplings[0])
        self.identity += f"-refined{refine}" if refine else ""

    def encode(self, image: ByteArray, snr_db: float, budget: Callable[[int], int]) -> Latents:
        """As `System.encode`."""
        region = box(image.shape[0], image.shape[1], self._roi) if self._roi else None
        return self._encoder.encode(image, snr_db, budget, region, self._mode)

    def decode(self, received: ReceivedLatents) -> Mapping[str, ByteArray]:
        """The JSCC picture comes with that of any number of steps: it is made for itself only where it is alone."""
        pictures: dict[int, ByteArray] = {}
        for sampling in sorted(self._samplings.values(), key=lambda each: each.steps, reverse=True):
            if sampling.steps not in pictures:
                decoded = self._decoder.decode(received, sampling)
                pictures |= {sampling.steps: decoded.picture, 0: decoded.jscc}
        return {name: pictures[sampling.steps] for name, sampling in self._samplings.items()}


def _output(steps: int) -> str:
    return "JSCC" if steps == 0 else f"{steps} step" + "s" * (steps > 1)


def _how(sampling: Sampling) -> str:
    """What the identity tells of start and perception: nothing of the usual ones, as before there were others."""
    if (sampling.start, sampling.perception) == (_USUAL.start, _USUAL.perception):
        return ""
    return f"-{sampling.start}-p{sampling.perception!r}"
