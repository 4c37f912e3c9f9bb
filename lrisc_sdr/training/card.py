# SPDX-License-Identifier: MIT
"""The model card that a training writes beside its weights."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from lrisc_sdr.training.recipe import Recipe


def model_card(
    recipe: Recipe, shards: Sequence[str], pictures: int, parts: Mapping[str, tuple[Any, Mapping[str, Tensor]]]
) -> str:
    """Markdown that tells what the model is, from what and how it was made. Results are added by who measures them."""
    sizes = {part: sum(t.numel() for t in weights.values()) / 1e6 for part, (_, weights) in parts.items()}
    loops = (("codec", recipe.codec_training), ("diffusion decoder", recipe.diffusion_training))
    rows = "\n".join(f"| {part} | {millions:.2f} M |" for part, millions in sizes.items())
    runs = "\n".join(
        f"- {name}: {loop.steps} steps of {loop.batch} crops of {loop.crop}×{loop.crop}, seed {loop.seed}"
        for name, loop in loops
    )
    losses = ", ".join(f"{k} {v}" for k, v in dataclasses.asdict(recipe.diffusion_loss).items())
    return f"""# {recipe.name}

Transmitter, JSCC decoder and conditional diffusion decoder of LRISC (arXiv 2504.21577) for lrisc_sdr.

| part | parameters |
|---|---|
{rows}

Weights are stored in half precision and computed with in single precision.

## Data

{pictures} pictures from {", ".join(shards)}.

## Training

{runs}
- SNR {recipe.link.channel.snr_db[0]:g} to {recipe.link.channel.snr_db[1]:g} dB, AWGN and multipath, lost frames.
- Stage B's loss: {losses}. AlexNet is in no loss.
"""
