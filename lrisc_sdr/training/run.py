# SPDX-License-Identifier: MIT
"""From a recipe to a saved model: both stages, one after the other, each resumed where it stopped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from lrisc_sdr.codec.saved_model import save_model
from lrisc_sdr.training.card import model_card
from lrisc_sdr.training.codec_stage import CodecStage
from lrisc_sdr.training.data import load_shards, shard_paths
from lrisc_sdr.training.diffusion_stage import DiffusionStage
from lrisc_sdr.training.loop import train
from lrisc_sdr.training.recipe import Recipe

Scalars = Callable[[str, int, dict[str, float]], None]


def _without(prefix: str, weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}


def train_recipe(recipe: Recipe, data: Path, out: Path, scalars: Scalars | None = None) -> str:
    """Train both stages and write the model to `out/model`.

    Args:
        recipe: what to train.
        data: the folder with the shards.
        out: the run's folder: checkpoints and logs in `codec/` and `diffusion/`, the model in `model/`. What it holds
            is resumed.
        scalars: called with the stage, the step and a row of the log.

    Returns:
        The model's id.

    Raises:
        ConfigurationError: the data or the perceptual networks' weights are missing, or `out` holds another model's
            run.
    """
    shards = shard_paths(data, recipe.data.train)
    pictures = load_shards(shards, recipe.data.limit or None)

    def report(stage: str) -> Callable[[int, dict[str, float]], None]:
        return lambda step, row: scalars(stage, step, row) if scalars is not None else None

    with torch.random.fork_rng():
        # The initial weights come from the global generator: seeded here, restored after.
        torch.manual_seed(recipe.codec_training.seed)
        codec_stage = CodecStage(recipe.codec, recipe.link)
        codec_stage.start(pictures)
    average = train(codec_stage, pictures, recipe.codec_training, out / "codec", report("codec"))
    codec = codec_stage.network
    codec.load_state_dict(_without("network.", average))
    with torch.random.fork_rng():
        torch.manual_seed(recipe.diffusion_training.seed)
        diffusion_stage = DiffusionStage(codec, recipe.denoiser, recipe.link, recipe.diffusion_loss)
    refined = train(diffusion_stage, pictures, recipe.diffusion_training, out / "diffusion", report("diffusion"))
    parts = {
        "codec": (recipe.codec, codec.state_dict()),
        "denoiser": (recipe.denoiser, _without("denoiser.", refined)),
    }
    return save_model(out / "model", parts, model_card(recipe, [path.name for path in shards], len(pictures), parts))
