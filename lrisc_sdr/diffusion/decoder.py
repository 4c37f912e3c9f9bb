# SPDX-License-Identifier: MIT
"""The decoder as the link uses it: received latents to pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from lrisc_sdr.codec import Codec, JsccPicture
from lrisc_sdr.codec.codec import to_images
from lrisc_sdr.codec.saved_model import SavedModel
from lrisc_sdr.codec.tiled import cut, over_tiles
from lrisc_sdr.diffusion.denoiser import Denoiser, DenoiserConfig
from lrisc_sdr.diffusion.process import sample
from lrisc_sdr.sampling import Sampling
from lrisc_sdr.tiles import Tile
from lrisc_sdr.types import ByteArray, ReceivedLatents

Precision = Literal["float32", "bfloat16"]
Watch = Callable[[int, list[ByteArray]], None]


@dataclass(frozen=True)
class Reconstruction:
    """What became of a picture: after the diffusion decoder and before it, u8 `[H, W, 3]` each."""

    picture: ByteArray
    jscc: ByteArray


class Decoder:
    """JSCC decoder and diffusion decoder of one saved model.

    On a GPU the networks compute in bfloat16 unless another precision is asked for; on a CPU in single precision, where
    the same latents give the same bytes.

    Args:
        codec, denoiser: the parts, with their weights; the denoiser is moved to the codec's device.
        compile: let torch compile the networks for every size of batch and picture; it takes a minute each.
        precision: of the arithmetic; None for what suits the device.
    """

    def __init__(
        self,
        codec: Codec,
        denoiser: Denoiser,
        compile: bool = False,  # noqa: A002 - as torch has it
        precision: Precision | None = None,
    ) -> None:
        self._codec = codec
        self._denoiser = denoiser.to(codec.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._device = codec.device
        self.model_id = codec.model_id
        usual: Precision = "float32" if self._device.type == "cpu" else "bfloat16"
        self.precision: Precision = precision or usual
        if compile:
            self._denoiser.compile(mode="max-autotune")
            codec.compile()

    @classmethod
    def from_pretrained(
        cls,
        name_or_path: str | Path = "small",
        device: str = "cpu",
        compile: bool = False,  # noqa: A002
        precision: Precision | None = None,
    ) -> Decoder:
        """Load a model by name or folder.

        Raises:
            UnknownModel: there is no such model, or its files are damaged.
        """
        saved = SavedModel.read(name_or_path)
        denoiser = saved.fill("denoiser", Denoiser(saved.settings("denoiser", DenoiserConfig)))
        return cls(Codec.from_saved(saved, device), denoiser, compile, precision)

    def decode(self, received: ReceivedLatents, sampling: Sampling, *, watch: Watch | None = None) -> Reconstruction:
        """Rebuild a picture. The noise follows from the picture's id: the same latents give the same picture.

        Args:
            received: the latents, with erasures where frames were lost.
            sampling: the steps of the diffusion decoder, its start, and the trade-off p.
            watch: told after every step how many are done, and the pictures, u8 `[H, W, 3]` each, that would be the
                result if this step were the last.

        Raises:
            UnknownModel: the latents were made by another model.
            SideInformationLost: the rate map does not fit the symbols.
        """
        return self.decode_batch([received], sampling, watch=watch)[0]

    @torch.inference_mode()
    def decode_batch(
        self, received: Sequence[ReceivedLatents], sampling: Sampling, *, watch: Watch | None = None
    ) -> list[Reconstruction]:
        """Rebuild pictures of one size, each as `decode` does (up to the rounding of another batch's arithmetic).

        Raises:
            As `decode`; ValueError where the sizes differ.
        """
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self.precision == "bfloat16"):
            decoded = self._codec.decode_batch(received)
            size = decoded.height, decoded.width

            def images(estimate: Tensor) -> list[ByteArray]:
                return to_images(decoded.picture + sampling.perception * (estimate - decoded.picture), *size)

            def show(done: int, estimate: Tensor) -> None:
                if watch is not None:
                    watch(done, images(estimate))

            pictures = decoded.picture
            if sampling.steps > 0:
                seeds = [latents.picture_id for latents in received]
                pictures = self._sample(decoded, seeds, sampling, show)
        pairs = zip(images(pictures), to_images(decoded.picture, *size), strict=True)
        return [Reconstruction(picture, jscc) for picture, jscc in pairs]

    def _sample(
        self,
        decoded: JsccPicture,
        seeds: Sequence[int],
        sampling: Sampling,
        watch: Callable[[int, Tensor], None],
    ) -> Tensor:
        height, width = decoded.picture.shape[2:]

        def denoise(x: Tensor, level: Tensor) -> Tensor:
            def part(tile: Tile) -> tuple[Tensor]:
                f4, f8, f16 = decoded.features
                guides = cut(f4, tile, 4), cut(f8, tile, 8), cut(f16, tile, 16)
                jscc = cut(decoded.picture, tile)
                return (self._denoiser(cut(x, tile), jscc, guides, level, decoded.state).float(),)

            return over_tiles(part, height, width, self._denoiser.margin)[0]

        generators = [torch.Generator(self._device).manual_seed(seed) for seed in seeds]

        def noise() -> Tensor:
            shape = decoded.picture.shape[1:]
            return torch.stack([torch.randn(shape, generator=g, device=self._device) for g in generators])

        return sample(denoise, decoded.picture, sampling.steps, noise, sampling.start, watch)
