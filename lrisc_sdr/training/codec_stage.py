# SPDX-License-Identifier: MIT
"""Stage A: transmitter and JSCC decoder, trained for squared error through the link's channel.

    L = λ·255²·‖x − x̂‖²_M  +  λ·255²·‖x − x̂_noiseless‖²  +  bits per pixel,    x in [0, 1]

The second and third term are the noiseless branch (NTSCC, arXiv 2112.10961): they give the entropy model its meaning,
and their gradient stops at the features. In the first term a region of interest M weighs 1 + w·M (LRISC v2).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lrisc_sdr.codec.jscc import DIMENSIONS
from lrisc_sdr.codec.network import CodecConfig, CodecNetwork
from lrisc_sdr.codec.patches import PATCH, PrincipalComponents
from lrisc_sdr.codec.transform import Synthesis
from lrisc_sdr.training.loop import TrainingStage
from lrisc_sdr.training.regions import region_weights
from lrisc_sdr.training.transmission import LinkConfig, send

RATE_WEIGHT = 0.0025
"""λ, what a squared grey level is worth in bits: it puts the noiseless branch near the quality of CBR 1/48 at 10 dB."""


_START_PICTURES = 500
_QUANTISER_STEP = 0.4
"""Of the entropy model's latents at the start, in units of half the pixel range: about what λ balances."""


class CodecStage(TrainingStage):
    """The codec and its noiseless branch, with the loss of stage A."""

    def __init__(self, config: CodecConfig, link: LinkConfig) -> None:
        super().__init__()
        self.link = link
        self.network = CodecNetwork(config)
        c4, c8, c16 = config.channels
        self.noiseless_in = nn.Conv2d(config.latents, c16 // 2, 1)
        self.noiseless_linear = nn.ConvTranspose2d(config.latents, 3, PATCH, stride=PATCH)
        self.noiseless = Synthesis((c4 // 2, c8 // 2, c16 // 2), (1, 1, 1))

    def start(self, pictures: Tensor) -> None:
        """Begin from the best linear codes of the training pictures, u8 `[n, 3, H, W]`."""
        components = PrincipalComponents.of(pictures[:_START_PICTURES])
        encoder, decoder = self.network.jscc_encoder, self.network.jscc_decoder
        gain = components.analog_gain(int(self.link.usual_dimensions))
        components.start(encoder.linear, decoder.linear, gain)
        variance = (gain * components.deviation)[: decoder.log_variance.numel()].square()
        decoder.log_variance.data.copy_(variance.log().view_as(decoder.log_variance))
        steps = torch.full_like(components.deviation, 1 / _QUANTISER_STEP)
        components.start(self.network.hyperprior.linear, self.noiseless_linear, steps)
        # What the networks add is learned from silence; the rates are constant offsets that would drown the features.
        silent = [encoder.project.weight, encoder.rate.weight, decoder.mix.weight.data[:, DIMENSIONS:]]
        for weight in (*silent, self.network.hyperprior.refine.weight, self.noiseless.up1.mix.weight):
            nn.init.zeros_(weight)

    def parameter_groups(self) -> list[dict[str, Any]]:
        """The linear paths start near their optimum and must not be thrown off it: they move slowly."""
        network = self.network
        entropy = [*network.hyperprior.parameters(), *self.noiseless.parameters(), *self.noiseless_in.parameters()]
        linear = (
            network.jscc_encoder.linear,
            network.jscc_decoder.linear,
            network.hyperprior.linear,
            self.noiseless_linear,
        )
        slow = [p for layer in linear for p in layer.parameters()]
        known = {id(p) for p in slow}
        entropy = [p for p in entropy if id(p) not in known]
        known |= {id(p) for p in entropy}
        codec = [p for p in self.parameters() if id(p) not in known]
        return [{"params": codec, "pace": 1.0}, {"params": entropy, "pace": 1.0}, {"params": slow, "pace": 0.05}]

    def networks(self) -> Sequence[nn.Module]:
        return self.network.analysis, self.network.synthesis, self.noiseless

    def forward(self, pictures: Tensor, generator: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of a batch `[b, 3, H, W]` in [-1, 1], and what to log."""
        sent = send(self.network, pictures, self.link, generator)
        state = self.network.rx_state(sent.scalars)
        picture, _ = self.network.reconstruct(sent.dimensions, sent.noise_var, sent.mask, state)
        square = (picture.float() - pictures).square() / 4
        error = (square * region_weights(sent.regions, self.link.roi_weight, self.link.groups)).mean()
        # A quarter of the batch is enough for the entropy model, which is small.
        part = slice(0, None, 4)
        quantised = sent.quantised[part]
        clean = self.noiseless_linear(quantised) + self.noiseless(self.noiseless_in(quantised), state[part])[0]
        clean_error = F.mse_loss(clean.float(), pictures[part]) / 4
        pixels = pictures.shape[2] * pictures.shape[3]
        rate = (sent.bits[part].sum(dim=(1, 2)) + sent.hyper_bits[part]).mean() / pixels
        loss = RATE_WEIGHT * 255**2 * (error + clean_error) + rate
        return loss, {"loss": loss, "mse": square.mean(), "mse_noiseless": clean_error, "bits_per_pixel": rate}
