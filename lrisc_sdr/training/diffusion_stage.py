# SPDX-License-Identifier: MIT
"""Stage B: the diffusion decoder over the frozen codec.

    L = a·‖x − x₀‖²  +  b·d_classifier(x, x₀)  +  c·LPIPS_VGG(x, x₀),    x₀ = D(x_η, x̂, features, η, SNR, rate)

η is 1, where decoding starts, half of the time, and √η uniform for the rest: one network serves one to eight steps.
Below 1, x_η leads to the network's own estimate from η = 1, as in decoding, and not to the true picture: a network
that has seen the truth shine through x_η trusts it, and gets worse with every step that it decodes.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lrisc_sdr.codec.network import CodecNetwork
from lrisc_sdr.diffusion.denoiser import Denoiser, DenoiserConfig
from lrisc_sdr.diffusion.process import shift
from lrisc_sdr.training.loop import TrainingStage
from lrisc_sdr.training.perceptual import PerceptualLoss, PictureLossConfig
from lrisc_sdr.training.transmission import LinkConfig, send


class DiffusionStage(TrainingStage):
    """The denoiser with the loss of stage B; the codec rides along, frozen."""

    def __init__(
        self, codec: CodecNetwork, config: DenoiserConfig, link: LinkConfig, weights: PictureLossConfig
    ) -> None:
        super().__init__()
        self.config = weights
        self.link = link
        self.denoiser = Denoiser(config)
        perceptual = PerceptualLoss(weights.vgg_pictures, weights.vgg_side)
        for frozen in (codec, perceptual):
            frozen.eval().requires_grad_(False)
        # In a tuple, and so no part of this module's state: the codec is saved with its own stage.
        self._frozen = (codec, perceptual)

    def frozen(self) -> Sequence[nn.Module]:
        return self._frozen

    def networks(self) -> Sequence[nn.Module]:
        codec, perceptual = self._frozen
        return self.denoiser, codec.analysis, codec.synthesis, perceptual.vgg

    def forward(self, pictures: Tensor, generator: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of a batch `[b, 3, H, W]` in [-1, 1], and what to log."""
        codec, perceptual = self._frozen
        with torch.no_grad():
            sent = send(codec, pictures, self.link, generator)
            state = codec.rx_state(sent.scalars)
            jscc, features = codec.reconstruct(sent.dimensions, sent.noise_var, sent.mask, state)
            jscc = jscc.float().clamp(-1, 1)
        eta = torch.rand(len(pictures), generator=generator).square()
        eta = torch.where(torch.rand(len(pictures), generator=generator) < 0.5, 1.0, eta).to(pictures.device)
        x = self._state(jscc, features, eta, sent.scalars)
        estimate = self.denoiser(x, jscc, features, eta, sent.scalars).float()
        error = F.mse_loss(estimate, pictures) / 4
        seen, vgg = perceptual(estimate, pictures, generator)
        config = self.config
        loss = config.error_weight * error + config.classifier_weight * seen + config.vgg_weight * vgg
        logs = {
            "loss": loss,
            "mse": error,
            "mse_jscc": F.mse_loss(jscc, pictures) / 4,
            "classifier": seen,
            "lpips_vgg": vgg,
        }
        return loss, logs

    @torch.no_grad()
    def _state(self, jscc: Tensor, features: tuple[Tensor, ...], eta: Tensor, scalars: Tensor) -> Tensor:
        """x_η as decoding meets it: at η = 1 the JSCC picture with noise, below that on the way to an own estimate."""
        ones = torch.ones_like(eta)
        x = shift(jscc, jscc, ones, torch.randn_like(jscc))
        later = (eta < 1).nonzero()[:, 0]
        if len(later):
            guides = (features[0][later], features[1][later], features[2][later])
            first = self.denoiser(x[later], jscc[later], guides, ones[later], scalars[later]).float()
            x[later] = shift(first, jscc[later], eta[later], torch.randn_like(first))
        return x
