# SPDX-License-Identifier: MIT
"""The decoder as the link uses it: received latents to pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from lrisc_sdr.codec import Codec
from lrisc_sdr.codec.codec import to_image
from lrisc_sdr.codec.saved_model import SavedModel
from lrisc_sdr.diffusion.denoiser import Denoiser, DenoiserConfig
from lrisc_sdr.diffusion.process import Start, sample
from lrisc_sdr.types import ByteArray, ReceivedLatents


@dataclass(frozen=True)
class Reconstruction:
    """What became of a picture: after the diffusion decoder and before it, u8 `[H, W, 3]` each."""

    picture: ByteArray
    jscc: ByteArray


class Decoder:
    """JSCC decoder and diffusion decoder of one saved model."""

    def __init__(self, codec: Codec, denoiser: Denoiser) -> None:
        self._codec = codec
        self._denoiser = denoiser
        self.model_id = codec.model_id

    @classmethod
    def from_pretrained(cls, name_or_path: str | Path = "small") -> Decoder:
        """Load a model by name or folder.

        Raises:
            UnknownModel: there is no such model, or its files are damaged.
        """
        saved = SavedModel.read(name_or_path)
        denoiser = saved.fill("denoiser", Denoiser(saved.settings("denoiser", DenoiserConfig)))
        return cls(Codec.from_saved(saved), denoiser)

    @torch.inference_mode()
    def decode(
        self, received: ReceivedLatents, steps: int, start: Start = "jscc", perception: float = 1.0
    ) -> Reconstruction:
        """Rebuild a picture. The noise follows from the picture's id: the same latents give the same picture.

        Args:
            received: the latents, with erasures where frames were lost.
            steps: evaluations of the denoiser, 1 to 8; 0 for the JSCC picture alone.
            start: where the diffusion decoder starts.
            perception: the trade-off p between distortion and perception, 0 to 1: x̂ + p·(x₀ − x̂). The straight line
                from the picture of least squared error to the most natural one is the optimal trade between squared
                error and (Wasserstein) distance to natural pictures (Freirich et al., arXiv 2107.02555).

        Raises:
            UnknownModel: the latents were made by another model.
            SideInformationLost: the rate map does not fit the symbols.
            ValueError: `steps` or `perception` is out of range.
        """
        if not 0 <= perception <= 1:
            raise ValueError(f"perception must be within 0 and 1, not {perception:g}")
        decoded = self._codec.decode(received)
        jscc = to_image(decoded.picture, decoded.height, decoded.width)
        if steps == 0:
            return Reconstruction(jscc, jscc)

        def denoise(x: Tensor, level: Tensor) -> Tensor:
            estimate: Tensor = self._denoiser(x, decoded.picture, decoded.features, level, decoded.state)
            return estimate

        generator = torch.Generator().manual_seed(received.picture_id)
        picture = sample(denoise, decoded.picture, steps, generator, start)
        picture = decoded.picture + perception * (picture - decoded.picture)
        return Reconstruction(to_image(picture, decoded.height, decoded.width), jscc)
