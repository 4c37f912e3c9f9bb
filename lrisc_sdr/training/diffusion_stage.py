# SPDX-License-Identifier: MIT
"""Stage B: the diffusion decoder over the frozen codec. Stage C: both together.

    L = a·‖x − x₀‖²  +  b·d_classifier(x, x₀)  +  c·LPIPS_VGG(x, x₀)  −  d·critic(x₀)
        +  e·max(0, ‖x − x₀‖² / ‖x − x̂‖² − 10^(S/10))  +  f·‖x − x̂‖²

for x₀ = D(x_u, x̂, features, u, SNR, rate). Half of the pictures are where decoding starts, u = 1 (from the JSCC
picture) or −1 (from pure noise), the others on the way, u uniform: one network serves one to eight steps from either
start. On the way, x_u leads to the network's own estimate from the start, as in decoding, and not to the true picture:
a network that has seen the truth shine through x_u trusts it, and gets worse with every step that it decodes.

What an adversary likes costs squared error, of which a mean weighs too little where there was hardly any: in skies and
on walls. The fifth term lets every crop spend as much of its own, S decibels below the JSCC picture x̂, and no more.

With f above zero the loss reaches the codec (stage C): what f_e sends, f_d and the synthesis make of it, and the
features that guide the decoder, all serve the decoded picture, while the last term keeps x̂ a picture. g_e and h_e stay
as they are, so that the bits which choose the lengths keep their meaning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lrisc_sdr.codec.network import CodecNetwork
from lrisc_sdr.diffusion.denoiser import Denoiser, DenoiserConfig
from lrisc_sdr.diffusion.process import advance, begin
from lrisc_sdr.evaluation.classifier_distance import CHANNELS as CLASSIFIER_CHANNELS
from lrisc_sdr.training.critic import Critic, critic_loss, decoder_loss
from lrisc_sdr.training.loop import TrainingStage
from lrisc_sdr.training.perceptual import PerceptualLoss, PictureLossConfig
from lrisc_sdr.training.transmission import LinkConfig, send

_FROM_NOISE = 0.2
"""Share of the pictures that are decoded from pure noise."""
_LEAST_ERROR = 1e-5
"""Of a JSCC picture (50 dB), where a crop's share is told: black borders come without any error."""


@dataclass(frozen=True)
class DiffusionLossConfig(PictureLossConfig):
    """What this stage's loss has besides.

    Attributes:
        critic_weight: d, of the adversary's opinion (see `critic`).
        excess_weight: e, of the squared error above what a crop may spend.
        spend_db: S, the PSNR that it may lose against the JSCC picture `[dB]`.
        jscc_weight: f, of the JSCC picture's squared error. 0 leaves the codec as it is.
        codec_pace: of the codec's learning rate, as a share of the decoder's.
    """

    critic_weight: float = 0.0
    excess_weight: float = 0.0
    spend_db: float = 1.0
    jscc_weight: float = 0.0
    codec_pace: float = 0.3


class DiffusionStage(TrainingStage):
    """The denoiser with the loss of stage B or C, and its adversary; the codec rides along, frozen but in stage C."""

    def __init__(
        self, codec: CodecNetwork, config: DenoiserConfig, link: LinkConfig, weights: DiffusionLossConfig
    ) -> None:
        super().__init__()
        self.config = weights
        self.link = link
        self.denoiser = Denoiser(config)
        self.critic = Critic(CLASSIFIER_CHANNELS)
        perceptual = PerceptualLoss(weights.vgg_pictures, weights.vgg_side)
        codec.eval().requires_grad_(False)
        # In a tuple, and so no part of this module's state: in stage B the codec is saved with its own stage.
        self._together = (codec, perceptual)
        if weights.jscc_weight:
            self.codec = codec
            for part in _trained_parts(codec):
                part.requires_grad_(True)

    def parameter_groups(self) -> list[dict[str, Any]]:
        """Decoder, adversary and codec, none of which may take another's share of the clipped gradient."""
        groups = [{"params": list(part.parameters()), "pace": 1.0} for part in (self.denoiser, self.critic)]
        codec = [p for p in self._together[0].parameters() if p.requires_grad]
        return [*groups, {"params": codec, "pace": self.config.codec_pace}] if codec else groups

    def frozen(self) -> Sequence[nn.Module]:
        codec, perceptual = self._together
        return (perceptual,) if self.config.jscc_weight else (codec, perceptual)

    def networks(self) -> Sequence[nn.Module]:
        codec, perceptual = self._together
        return self.denoiser, codec.analysis, codec.synthesis, perceptual.vgg

    def forward(self, pictures: Tensor, generator: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of a batch `[b, 3, H, W]` in [-1, 1], and what to log."""
        codec, perceptual = self._together
        with torch.set_grad_enabled(torch.is_grad_enabled() and self.config.jscc_weight > 0):
            sent = send(codec, pictures, self.link, generator)
            channel_state = codec.rx_state(sent.scalars)
            jscc, features = codec.reconstruct(sent.dimensions, sent.noise_var, sent.mask, channel_state)
            jscc = jscc.float().clamp(-1, 1)
        level = _levels(len(pictures), generator).to(pictures.device)
        x = self._state(jscc, features, level, sent.scalars)
        estimate = self.denoiser(x, jscc, features, level, sent.scalars).float()
        errors, jscc_errors = _errors(estimate, pictures), _errors(jscc, pictures)
        error = errors.mean()
        seen = perceptual(estimate, pictures, generator)
        config = self.config
        loss = config.error_weight * error + config.classifier_weight * seen.classifier + config.vgg_weight * seen.vgg
        logs = {
            "mse": error,
            "mse_jscc": jscc_errors.mean(),
            "classifier": seen.classifier,
            "lpips_vgg": seen.vgg,
        }
        if config.critic_weight:
            shown = jscc.detach()
            opinion = decoder_loss(self.critic, seen.estimated, estimate, shown)
            decoded = self.critic([maps.detach() for maps in seen.estimated], estimate.detach(), shown)
            critic = critic_loss(self.critic(seen.wanted, pictures, shown), decoded)
            loss = loss + config.critic_weight * opinion + critic
            logs |= {"opinion": opinion, "critic": critic}
        if config.excess_weight:
            excess = excess_error(errors, jscc_errors.detach(), config.spend_db)
            loss = loss + config.excess_weight * excess
            logs["excess"] = excess
        if config.jscc_weight:
            loss = loss + config.jscc_weight * jscc_errors.mean()
        return loss, {"loss": loss, **logs}

    @torch.no_grad()
    def _state(self, jscc: Tensor, features: tuple[Tensor, ...], level: Tensor, scalars: Tensor) -> Tensor:
        """x_u as decoding meets it: a start, or on the way from it to the estimate that was made there."""
        starts = torch.where(level < 0, -1.0, 1.0)
        x = begin(jscc, starts, torch.randn_like(jscc))
        later = (level.abs() < 1).nonzero()[:, 0]
        if len(later):
            guides = (features[0][later], features[1][later], features[2][later])
            first = self.denoiser(x[later], jscc[later], guides, starts[later], scalars[later]).float()
            x[later] = advance(x[later], first, starts[later], level[later], torch.randn_like(first))
        return x


def _trained_parts(codec: CodecNetwork) -> Sequence[nn.Module]:
    """What stage C trains: all that is between the features z and the picture but the linear code of patches."""
    encoder, decoder = codec.jscc_encoder, codec.jscc_decoder
    return encoder.rate, encoder.stage, encoder.project, decoder.mix, codec.rx_state, codec.synthesis


def excess_error(errors: Tensor, jscc_errors: Tensor, spend_db: float) -> Tensor:
    """Mean of max(0, ‖x − x₀‖² / ‖x − x̂‖² − 10^(S/10)) over the pictures whose squared errors these are, `[b]`."""
    return F.relu(errors / jscc_errors.clamp(min=_LEAST_ERROR) - 10 ** (spend_db / 10)).mean()


def _errors(estimate: Tensor, pictures: Tensor) -> Tensor:
    """Of pictures in [0, 1], `[b]`."""
    return (estimate - pictures).square().mean(dim=(1, 2, 3)) / 4


def _levels(count: int, generator: torch.Generator) -> Tensor:
    """u of every picture, `[count]` on the CPU."""
    chances = torch.rand(3, count, generator=generator)
    size = torch.where(chances[0] < 0.5, 1.0, chances[1].clamp(min=1e-3))
    return torch.where(chances[2] < _FROM_NOISE, -size, size)
