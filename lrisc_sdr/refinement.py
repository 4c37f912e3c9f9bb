# SPDX-License-Identifier: MIT
"""A transmitter that goes on where its network ends: the symbols for this picture, by gradient steps.

    s* = argmin  E_n [ a·‖x − x₀(s + n)‖² + b·d_classifier(x, x₀(s + n)) ],    ‖s‖² = n_symbols

x₀ is the picture that the receiver's decoder makes in one step: the transmitter has the same model, simulates the
channel at the SNR that it is told, and follows the gradient through both networks to the symbols. The encoder must
serve every picture, and is only the start; rates, side information and receiver stay as they are. Source: the
iterative inference of learned compression (Yang, Bamler & Mandt, arXiv 2006.04240); NTSCC's online learning (Dai et
al., IEEE JSAC 41(8), 2023) changes the networks, too.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from lrisc_sdr.codec import Codec
from lrisc_sdr.codec.codec import network_inputs, sent_symbols, to_tensor
from lrisc_sdr.codec.jscc import power_scale
from lrisc_sdr.codec.patches import PATCH
from lrisc_sdr.codec.saved_model import SavedModel
from lrisc_sdr.codec.tiled import CORE, WHOLE_PIXELS, cut, receptive_margin
from lrisc_sdr.diffusion.denoiser import Denoiser, DenoiserConfig
from lrisc_sdr.diffusion.process import sample
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.evaluation.classifier_distance import ClassifierDistance
from lrisc_sdr.tiles import Tile, tiles
from lrisc_sdr.types import ByteArray, Latents, Mode, ReceivedLatents

ERROR_WEIGHT = 25.0
"""a, of the squared error of pictures in [0, 1]; b is 1."""
PACE = 0.1
"""Adam's first step, in standard deviations of what is sent; it falls to 0 in a straight line."""
_BETAS = (0.9, 0.99)
_MAX_SNR_DB = 40.0
"""A channel without noise is simulated with this one."""


class RefiningEncoder:
    """An encoder as a run uses it (`lrisc_sdr.runs.sending.Encoder`), which refines what its network gives.

    Args:
        codec, denoiser: of one model; the denoiser is moved to the codec's device.
        steps: gradient steps for each picture, 1 or more. Each costs about four decodings of one step.
        seed: of the simulated noise: the same picture gives the same symbols.
        watch: told after every step how many are done.

    Raises:
        ConfigurationError: the classifier's weights are not at hand.
    """

    def __init__(
        self,
        codec: Codec,
        denoiser: Denoiser,
        steps: int,
        seed: int = 0,
        watch: Callable[[int], None] = lambda _: None,
    ) -> None:
        try:
            distance = ClassifierDistance()
        except ConfigurationError as error:
            raise ConfigurationError(f"symbols are refined for what a classifier sees: {error}") from error
        self._codec = codec
        self._network = codec.network.eval().requires_grad_(False)
        # On a CPU a step takes less time in this order of memory.
        self._denoiser, self._distance = (
            each.to(codec.device, memory_format=torch.channels_last).eval().requires_grad_(False)  # type: ignore[call-overload]
            for each in (denoiser, distance)
        )
        self._steps = steps
        self._seed = seed
        self._watch = watch
        self.model_id = codec.model_id

    @classmethod
    def from_pretrained(
        cls, name_or_path: str | Path, steps: int, device: str = "cpu", watch: Callable[[int], None] = lambda _: None
    ) -> RefiningEncoder:
        """Load a model by name or folder.

        Raises:
            UnknownModel: there is no such model, or its files are damaged.
            ConfigurationError: the classifier's weights are not at hand.
        """
        saved = SavedModel.read(name_or_path)
        denoiser = saved.fill("denoiser", Denoiser(saved.settings("denoiser", DenoiserConfig)))
        return cls(Codec.from_saved(saved, device), denoiser, steps, watch=watch)

    def encode(
        self,
        image: ByteArray,
        snr_db: float,
        budget: Callable[[int], int],
        roi: NDArray[np.bool_] | None = None,
        mode: Mode = "adaptive",
    ) -> Latents:
        """As `Codec.encode`, and refined; a region of interest has its say in the rates alone."""
        return self.refine(image, self._codec.encode(image, snr_db, budget, roi, mode), snr_db)

    def refine(self, image: ByteArray, latents: Latents, snr_db: float) -> Latents:
        """Better symbols for the same picture, rates and power.

        Args:
            image: u8 `[H, W, 3]`, what the latents were made of.
            latents: as `Codec.encode` gave them.
            snr_db: the Es/N0 that the transmitter expects `[dB]`.
        """
        picture = to_tensor(image).to(self._codec.device)
        inputs = network_inputs(_expected(latents, min(snr_db, _MAX_SNR_DB)))
        sent, noise_var, mask, scalars = (each.to(self._codec.device) for each in inputs)
        scale = power_scale(sent, mask)
        values = sent.clone().requires_grad_(True)
        pace = PACE * float(sent[mask > 0].std())
        optimiser = torch.optim.Adam([values], lr=pace, betas=_BETAS)
        generator = torch.Generator(self._codec.device).manual_seed(self._seed)
        deviation = (noise_var / 2).sqrt() * mask
        for step in range(self._steps):
            optimiser.param_groups[0]["lr"] = pace * (1 - step / self._steps)
            optimiser.zero_grad()
            noise = deviation * _normal(values, generator)
            begun = _normal(picture, generator)
            for tile in self._tiles(picture):
                # A part at a time, and its gradient at once: the memory of one part, whatever the picture's size.
                torch.autograd.backward(self._loss(tile, picture, values + noise, noise_var, mask, scalars, begun))
            optimiser.step()
            with torch.no_grad():
                values.mul_(power_scale(values, mask) / scale)
            self._watch(step + 1)
        symbols = sent_symbols(values.detach() * scale, mask)
        return Latents(symbols, latents.rate_map, latents.height, latents.width, latents.model_id)

    def _tiles(self, picture: Tensor) -> list[Tile]:
        margin = receptive_margin(self._network.config.blocks) + self._denoiser.margin
        return list(tiles(picture.shape[2], picture.shape[3], CORE, margin, WHOLE_PIXELS))

    def _loss(
        self,
        tile: Tile,
        picture: Tensor,
        received: Tensor,
        noise_var: Tensor,
        mask: Tensor,
        scalars: Tensor,
        noise: Tensor,
    ) -> Tensor:
        """What a part adds to the loss of the whole picture."""
        state = self._network.rx_state(scalars)
        arrived, variance, told = cut(received, tile, PATCH), cut(noise_var, tile, PATCH), cut(mask, tile, PATCH)
        jscc, features = self._network.reconstruct(arrived, variance, told, state, whole_pixels=picture[0, 0].numel())
        jscc = jscc.clamp(-1, 1)

        def denoise(x: Tensor, level: Tensor) -> Tensor:
            estimated: Tensor = self._denoiser(x, jscc, features, level, scalars)
            return estimated

        estimate = sample(denoise, jscc, 1, lambda: cut(noise, tile))
        core = (..., tile.rows.core(1), tile.columns.core(1))
        made, wanted = (estimate[core] + 1) / 2, (cut(picture, tile)[core] + 1) / 2
        with torch.no_grad():
            maps = self._distance.maps(wanted)
        loss: Tensor = ERROR_WEIGHT * F.mse_loss(made, wanted) + self._distance(self._distance.maps(made), maps)
        return loss * (wanted[0, 0].numel() / picture[0, 0].numel())


def _expected(latents: Latents, snr_db: float) -> ReceivedLatents:
    """What the receiver would have of a channel without noise, and believe in the noise that there will be."""
    return ReceivedLatents(
        picture_id=0,
        symbols=latents.symbols,
        noise_var=np.full(len(latents.symbols), 10 ** (-snr_db / 10), np.float32),
        rate_map=latents.rate_map,
        height=latents.height,
        width=latents.width,
        model_id=latents.model_id,
        snr_db=snr_db,
        cfo_hz=math.nan,
        frames_received=1,
        frames_sent=1,
    )


def _normal(like: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randn(like.shape, generator=generator, device=like.device)
