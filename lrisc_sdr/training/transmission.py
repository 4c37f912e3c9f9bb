# SPDX-License-Identifier: MIT
"""A batch of crops over the simulated link: encode, allocate, send, and hand on what the receiver would have.

A batch falls into groups. Each group stands for one picture: one SNR, one rate, one allocation, one power constraint.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from lrisc_sdr.codec.allocation import RATES, allocate, cell_bits, prefix_mask
from lrisc_sdr.codec.jscc import power_scale, told_scale
from lrisc_sdr.codec.network import CodecNetwork, state_scalars
from lrisc_sdr.codec.patches import PATCH
from lrisc_sdr.codec.region import favoured, patch_shares
from lrisc_sdr.training.channel import ChannelConfig, Draw, draw, transmit
from lrisc_sdr.training.regions import draw_regions


@dataclass(frozen=True)
class LinkConfig:
    """
    Attributes:
        usual_dimensions: real dimensions per patch of most groups; 30 leaves room for header and rate map at CBR 1/48.
        usual: share of the groups that take it.
        dimensions: range of the others, uniform on a logarithmic scale.
        groups: pictures that a batch stands for.
        uniform: share of the groups with one rate everywhere.
        roi: share of the groups with a region of interest, a box or an ellipse in every crop.
        roi_weight: w, by which a squared error inside counts more: 1 + w·M.
        channel: what each group sees.
    """

    usual_dimensions: float = 30.0
    usual: float = 0.6
    dimensions: tuple[float, float] = (7.0, 64.0)
    groups: int = 2
    uniform: float = 0.1
    roi: float = 0.25
    roi_weight: float = 3.0
    channel: ChannelConfig = field(default_factory=ChannelConfig)


@dataclass(frozen=True)
class Transmission:
    """A batch after the channel.

    Attributes:
        dimensions, noise_var, mask: the JSCC decoder's inputs, `[b, 128, h, w]` each, the power scale undone.
        scalars: the receiver's channel state, `[b, 2]`.
        quantised: the entropy model's latents, `[b, latents, h, w]`.
        bits: what they cost, `[b, h, w]`; `hyper_bits` `[b]`, what their model costs.
        regions: the regions of interest, `[b, 1, H, W]`, 0 everywhere where there is none.
    """

    dimensions: Tensor
    noise_var: Tensor
    mask: Tensor
    scalars: Tensor
    quantised: Tensor
    bits: Tensor
    hyper_bits: Tensor
    regions: Tensor


def send(network: CodecNetwork, pictures: Tensor, config: LinkConfig, generator: torch.Generator) -> Transmission:
    """Encode and send `[b, 3, H, W]` in [-1, 1]; b is a multiple of `config.groups`."""
    per_group = len(pictures) // config.groups
    height, width = pictures.shape[2] // PATCH, pictures.shape[3] // PATCH
    draws = [draw(config.channel, (per_group, RATES[-1] // 2, height, width), generator) for _ in range(config.groups)]
    targets = [target_dimensions(config, generator) for _ in draws]
    regions = torch.cat([_region(config, per_group, pictures, generator) for _ in draws]).to(pictures.device)

    def scalars(snrs: list[float], rates: list[float]) -> Tensor:
        state = state_scalars(torch.tensor(snrs), torch.tensor(rates)).repeat_interleave(per_group, dim=0)
        return state.to(pictures.device)

    state = network.tx_state(scalars([d.told_snr_db for d in draws], targets))
    shares = patch_shares(regions)
    features, quantised, bits, hyper_bits = network.analyse(pictures, state, shares)
    worth = favoured(cell_bits(bits.detach()), shares).cpu().numpy()
    patches = per_group * height * width
    masks, spent = [], []
    for group, target in enumerate(targets):
        bits_of_cells = worth[group * per_group : (group + 1) * per_group]
        if float(torch.rand((), generator=generator, device=generator.device)) < config.uniform:
            bits_of_cells = np.ones_like(bits_of_cells)
        levels = allocate(bits_of_cells, int(target * patches / 2))
        masks.append(prefix_mask(torch.from_numpy(levels), height, width).to(pictures.device))
        spent.append(float(masks[-1].sum()) / patches)
    mask = torch.cat(masks)
    sent = network.jscc_encoder(pictures, features, mask, state)
    received, noise_var = [], []
    for dimensions, group_mask, drawn in zip(sent.split(per_group), masks, draws, strict=True):
        arrived, variance = over_the_channel(dimensions, group_mask, drawn, generator)
        received.append(arrived)
        noise_var.append(variance)
    measured = scalars([d.measured_snr_db for d in draws], spent)
    return Transmission(torch.cat(received), torch.cat(noise_var), mask, measured, quantised, bits, hyper_bits, regions)


def over_the_channel(
    dimensions: Tensor, mask: Tensor, drawn: Draw, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Send one group's dimensions `[b, 128, h, w]` with unit power and undo the power scale: what is received, and the
    noise variance that the receiver takes it for.
    """
    scale = power_scale(dimensions, mask)
    # The receiver undoes the scale that the side information tells, which is rounded, with the gradient of the scale.
    told = scale * (told_scale(scale) / scale).detach()
    received = real_dimensions(transmit(complex_symbols(dimensions * scale), drawn, generator)) / told
    noise_var = drawn.told_noise_var.to(dimensions.device).repeat_interleave(2, dim=1)
    return received, noise_var / told.detach().square()


def complex_symbols(dimensions: Tensor) -> Tensor:
    """Real dimensions `[b, 2n, h, w]` to complex symbols `[b, n, h, w]`: 2j and 2j+1 make symbol j."""
    return torch.complex(dimensions[:, 0::2].float(), dimensions[:, 1::2].float())


def real_dimensions(symbols: Tensor) -> Tensor:
    """What `complex_symbols` was made of."""
    return torch.stack([symbols.real, symbols.imag], dim=2).flatten(1, 2)


def _region(config: LinkConfig, crops: int, pictures: Tensor, generator: torch.Generator) -> Tensor:
    height, width = pictures.shape[2:]
    if float(torch.rand((), generator=generator)) < config.roi:
        return draw_regions(crops, height, width, generator)
    return torch.zeros(crops, 1, height, width)


def target_dimensions(config: LinkConfig, generator: torch.Generator) -> float:
    """Real dimensions per patch that a group may take on average."""
    low, high = (math.log(v) for v in config.dimensions)
    chance, position = torch.rand(2, generator=generator).tolist()
    return config.usual_dimensions if chance < config.usual else math.exp(low + (high - low) * position)
