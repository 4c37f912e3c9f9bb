# SPDX-License-Identifier: MIT
"""DeepJSCC's training: squared error, or squared error and perceptual distances, through the link's channel.

    L = a·‖x − x̂‖²  +  b·d_classifier(x, x̂)  +  c·LPIPS_VGG(x, x̂),    x in [0, 1]

The data, the channel, the rates and the perceptual distances are those of the project's own codec and decoder.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lrisc_sdr.baselines.deepjscc import uniform_mask
from lrisc_sdr.baselines.deepjscc_network import DeepJsccConfig, DeepJsccNetwork
from lrisc_sdr.codec.jscc import DIMENSIONS
from lrisc_sdr.codec.network import state_scalars
from lrisc_sdr.codec.patches import PATCH, PrincipalComponents
from lrisc_sdr.training.channel import draw
from lrisc_sdr.training.loop import TrainingStage
from lrisc_sdr.training.perceptual import PerceptualLoss, PictureLossConfig
from lrisc_sdr.training.transmission import LinkConfig, over_the_channel, target_dimensions

_START_PICTURES = 500


class DeepJsccStage(TrainingStage):
    """DeepJSCC with its loss."""

    def __init__(self, config: DeepJsccConfig, link: LinkConfig, loss: PictureLossConfig) -> None:
        super().__init__()
        self.link = link
        self.loss = loss
        self.network = DeepJsccNetwork(config)
        # In a tuple, and so no part of this module's state.
        self._frozen: tuple[PerceptualLoss, ...] = ()
        if loss.classifier_weight or loss.vgg_weight:
            self._frozen = (PerceptualLoss(loss.vgg_pictures, loss.vgg_side),)

    def frozen(self) -> Sequence[nn.Module]:
        return self._frozen

    def networks(self) -> Sequence[nn.Module]:
        return self.network.encoder, self.network.decoder, *(perceptual.vgg for perceptual in self._frozen)

    def start(self, pictures: Tensor) -> None:
        """Begin from the best linear analog code of the training pictures, u8 `[n, 3, H, W]`."""
        network = self.network
        components = PrincipalComponents.of(pictures[:_START_PICTURES])
        gain = components.analog_gain(int(self.link.usual_dimensions))
        components.start(network.linear, network.receive.linear, gain)
        variance = (gain * components.deviation)[:DIMENSIONS].square()
        network.receive.log_variance.data.copy_(variance.log().view_as(network.receive.log_variance))
        # What the networks add is learned from silence; weights and mask are constant offsets that would drown it.
        silent = [network.to_dimensions.weight, network.to_picture.weight, network.receive.mix.weight[:, DIMENSIONS:]]
        with torch.no_grad():
            for weight in silent:
                weight.zero_()

    def parameter_groups(self) -> list[dict[str, Any]]:
        """The linear path starts near its optimum and must not be thrown off it: it moves slowly."""
        linear: list[nn.Module] = [self.network.linear, self.network.receive.linear]
        slow = [p for layer in linear for p in layer.parameters()]
        known = {id(p) for p in slow}
        fast = [p for p in self.parameters() if id(p) not in known]
        return [{"params": fast, "pace": 1.0}, {"params": slow, "pace": 0.05}]

    def forward(self, pictures: Tensor, generator: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of a batch `[b, 3, H, W]` in [-1, 1], and what to log."""
        groups = pictures.chunk(self.link.groups)
        estimate = torch.cat([self._over_the_link(group, generator) for group in groups]).float()
        error = F.mse_loss(estimate, pictures) / 4
        loss = self.loss.error_weight * error
        logs = {"mse": error}
        for perceptual in self._frozen:
            distances = perceptual(estimate, pictures, generator)
            loss = loss + self.loss.classifier_weight * distances.classifier + self.loss.vgg_weight * distances.vgg
            logs |= {"classifier": distances.classifier, "lpips_vgg": distances.vgg}
        return loss, {"loss": loss, **logs}

    def _over_the_link(self, pictures: Tensor, generator: torch.Generator) -> Tensor:
        """Crops that stand for one picture: one SNR, one rate, one power constraint."""
        count, rows, columns = len(pictures), pictures.shape[2] // PATCH, pictures.shape[3] // PATCH
        patches = count * rows * columns
        drawn = draw(self.link.channel, (count, DIMENSIONS // 2, rows, columns), generator)
        symbols = max(patches, int(target_dimensions(self.link, generator) * patches / 2))
        mask = (
            uniform_mask(symbols, patches)
            .view(count, rows, columns, DIMENSIONS)
            .permute(0, 3, 1, 2)
            .to(pictures.device)
        )

        def scalars(snr_db: float) -> Tensor:
            state = state_scalars(torch.tensor([snr_db]), torch.tensor([2 * symbols / patches]))
            return state.to(pictures.device).expand(count, 2)

        network = self.network
        dimensions = network.encode(pictures, mask, network.tx_state(scalars(drawn.told_snr_db)))
        received, noise_var = over_the_channel(dimensions, mask, drawn, generator)
        state = network.rx_state(scalars(drawn.measured_snr_db))
        return network.decode(received, noise_var, mask, state)
