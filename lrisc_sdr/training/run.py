# SPDX-License-Identifier: MIT
"""From a recipe to a saved model: its stages, one after the other, each resumed where it stopped."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from lrisc_sdr.codec.saved_model import CONFIG, SavedModel, save_model
from lrisc_sdr.diffusion.denoiser import Denoiser
from lrisc_sdr.errors import ConfigurationError, UnknownModel
from lrisc_sdr.training.card import model_card
from lrisc_sdr.training.codec_stage import CodecStage
from lrisc_sdr.training.data import Pictures, load_shards, shard_paths
from lrisc_sdr.training.deepjscc_stage import DeepJsccStage
from lrisc_sdr.training.diffusion_stage import DiffusionStage
from lrisc_sdr.training.growth import grown
from lrisc_sdr.training.loop import LoopConfig, TrainingStage, train
from lrisc_sdr.training.perceptual import require_weights
from lrisc_sdr.training.recipe import DeepJsccRecipe, LriscRecipe
from lrisc_sdr.training.worker import Worker

Scalars = Callable[[str, int, dict[str, float]], None]
Parts = Mapping[str, tuple[Any, Mapping[str, Tensor]]]
Network = TypeVar("Network", bound=nn.Module)


@dataclass(frozen=True)
class _Training:
    """What the stages of one run share."""

    pictures: Pictures
    worker: Worker
    out: Path
    scalars: Scalars | None
    starts: Sequence[SavedModel]
    start_parts: tuple[str, ...]
    groups: int

    def seeded(self, loop: LoopConfig, make: Callable[[], Network]) -> Network:
        """Make a network: its initial weights come from the global generator, seeded here and restored after."""
        with torch.random.fork_rng():
            torch.manual_seed(loop.seed)
            return make()

    def begin(self, part: str, network: nn.Module) -> None:
        """Take over the weights that the recipe starts from, if it names any for this part.

        They are the mean of several models' where it names several. Where the recipe's part is the larger one, it
        begins as the same function.
        """
        if not self.starts or part not in self.start_parts:
            return
        states = []
        for model in self.starts:
            try:
                states.append(grown(_without(f"{part}.", model.tensors), network))
            except ValueError as error:
                raise UnknownModel(
                    f"model {model.path} does not go into the recipe's '{part}' ({error}): "
                    f"give it at least the sizes in {CONFIG} there"
                ) from error
        means = {name: torch.stack([state[name] for state in states]).mean(dim=0) for name in states[0]}
        network.load_state_dict(means)

    def run(self, name: str, stage: TrainingStage, loop: LoopConfig) -> dict[str, Tensor]:
        """Train a stage; returns its averaged weights.

        Raises:
            ConfigurationError: a batch does not fall into whole groups.
        """
        if loop.batch % (self.worker.size * self.groups):
            raise ConfigurationError(
                f"a batch of {loop.batch} crops does not fall into {self.groups} groups (link.groups) "
                f"in each of {self.worker.size} processes"
            )

        def scalars(step: int, row: dict[str, float]) -> None:
            if self.scalars is not None:
                self.scalars(name, step, row)

        return train(stage, self.pictures, loop, self.out / name, self.worker, scalars)


def train_recipe(
    recipe: LriscRecipe | DeepJsccRecipe, data: Path, out: Path, worker: Worker, scalars: Scalars | None = None
) -> str:
    """Train all stages and write the model to `out/model`.

    Args:
        recipe: what to train.
        data: the folder with the shards.
        out: the run's folder: checkpoints and logs in a folder for each stage, the model in `model/`. What it holds is
            resumed.
        worker: this process; where there are several, each calls this function and the first one writes.
        scalars: called with the stage, the step and a row of the log.

    Returns:
        The model's id.

    Raises:
        ConfigurationError: the data or the perceptual networks' weights are missing, a batch does not fall into
            whole groups, or `out` holds another model's run.
        UnknownModel: a model to start from is missing, or of another shape.
    """
    shards = shard_paths(data, recipe.data.train)
    train_pictures = load_shards(shards, recipe.data.limit or None)
    pictures = Pictures(train_pictures)
    if recipe.data.held_back:
        pictures = Pictures(train_pictures, load_shards(shard_paths(data, recipe.data.held_back)))
    starts = [SavedModel.read(folder) for folder in (recipe.start, *recipe.start_also) if folder]
    training = _Training(pictures, worker, out, scalars, starts, recipe.start_parts, recipe.link.groups)
    parts = _lrisc(recipe, training) if isinstance(recipe, LriscRecipe) else _deepjscc(recipe, training)
    if worker.first:
        names = [path.name for path in shards]
        card = model_card(recipe, names, len(train_pictures), str(worker), parts, [model.model_id for model in starts])
        save_model(out / "model", parts, card)
    worker.wait()
    return SavedModel.read(out / "model").model_id


def _lrisc(recipe: LriscRecipe, training: _Training) -> Parts:
    loop = recipe.codec_training
    codec_stage = training.seeded(loop, lambda: CodecStage(recipe.codec, recipe.link))
    codec_stage.start(training.pictures.train)
    codec = codec_stage.network
    training.begin("codec", codec)
    if recipe.diffusion_training.steps:
        # Now, and not after the hours that the codec takes.
        require_weights()
    codec.load_state_dict(_without("network.", training.run("codec", codec_stage, loop)))
    loop = recipe.diffusion_training
    if not loop.steps:
        denoiser = training.seeded(loop, lambda: Denoiser(recipe.denoiser))
        training.begin("denoiser", denoiser)
        return {"codec": (recipe.codec, codec.state_dict()), "denoiser": (recipe.denoiser, denoiser.state_dict())}
    diffusion_stage = training.seeded(
        loop, lambda: DiffusionStage(codec, recipe.denoiser, recipe.link, recipe.diffusion_loss)
    )
    training.begin("denoiser", diffusion_stage.denoiser)
    trained = training.run("diffusion", diffusion_stage, loop)
    together = _without("codec.", trained) or codec.state_dict()
    return {"codec": (recipe.codec, together), "denoiser": (recipe.denoiser, _without("denoiser.", trained))}


def _deepjscc(recipe: DeepJsccRecipe, training: _Training) -> Parts:
    stage = training.seeded(recipe.training, lambda: DeepJsccStage(recipe.deepjscc, recipe.link, recipe.loss))
    stage.start(training.pictures.train)
    training.begin("deepjscc", stage.network)
    return {"deepjscc": (recipe.deepjscc, _without("network.", training.run("deepjscc", stage, recipe.training)))}


def _without(prefix: str, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}
