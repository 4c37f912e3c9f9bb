# SPDX-License-Identifier: MIT
"""The model card that a training writes beside its weights."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from lrisc_sdr.training.perceptual import PictureLossConfig
from lrisc_sdr.training.recipe import DeepJsccRecipe, LriscRecipe


def model_card(
    recipe: LriscRecipe | DeepJsccRecipe,
    shards: Sequence[str],
    pictures: int,
    where: str,
    parts: Mapping[str, tuple[Any, Mapping[str, Tensor]]],
    starts: Sequence[str],
) -> str:
    """Markdown that tells what the model is, how it was made and from what. Results are added by who measures them.

    Args:
        recipe: what was trained.
        shards, pictures: names of the files, and how many pictures they gave.
        where: how many processes on which device.
        parts: settings and weights, by part.
        starts: ids of the models that it started from, none or several.
    """
    if isinstance(recipe, LriscRecipe):
        what = "Transmitter, JSCC decoder and conditional diffusion decoder of LRISC (arXiv 2504.21577) for lrisc_sdr."
        loops = {"codec": recipe.codec_training, "diffusion decoder": recipe.diffusion_training}
        loss = f"Stage B's loss: {_weights(recipe.diffusion_loss)}."
    else:
        what = "DeepJSCC (arXiv 1809.01733) for all SNRs and rates, the baseline of lrisc_sdr."
        loops = {"DeepJSCC": recipe.training}
        loss = f"Loss: {_weights(recipe.loss)}."
    sizes = {part: sum(t.numel() for t in weights.values()) / 1e6 for part, (_, weights) in parts.items()}
    rows = "\n".join(f"| {part} | {millions:.2f} M |" for part, millions in sizes.items())
    runs = "\n".join(
        f"- {name}: {loop.steps} steps of {loop.batch} crops of {loop.crop}×{loop.crop}, seed {loop.seed}"
        for name, loop in loops.items()
    )
    if starts:
        mean = "mean of the weights of models" if len(starts) > 1 else "weights of model"
        runs += f"\n- Started from the {mean} {' and '.join(starts)}."
    return f"""# {recipe.name}

{what}

| part | parameters |
|---|---|
{rows}

Weights are stored in half precision and computed with in single precision.

## Data

{pictures} pictures from {", ".join(shards)}.

## Training

{runs}
- Trained by {where}.
- SNR {recipe.link.channel.snr_db[0]:g} to {recipe.link.channel.snr_db[1]:g} dB, AWGN and multipath, lost frames.
- {loss} AlexNet is in no loss.
"""


def _weights(loss: PictureLossConfig) -> str:
    return ", ".join(f"{name} {value}" for name, value in dataclasses.asdict(loss).items())
