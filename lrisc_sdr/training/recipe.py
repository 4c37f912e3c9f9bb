# SPDX-License-Identifier: MIT
"""A training recipe: one TOML file that determines a model."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from lrisc_sdr.baselines.deepjscc_network import DeepJsccConfig
from lrisc_sdr.codec.network import CodecConfig
from lrisc_sdr.diffusion.denoiser import DenoiserConfig
from lrisc_sdr.settings_file import read_toml, to_dataclass
from lrisc_sdr.training.diffusion_stage import DiffusionLossConfig
from lrisc_sdr.training.loop import LoopConfig
from lrisc_sdr.training.perceptual import PictureLossConfig
from lrisc_sdr.training.transmission import LinkConfig


@dataclass(frozen=True)
class DataConfig:
    """
    Attributes:
        train: glob patterns of the shards to train on.
        held_back: glob patterns of the shards that are only looked at to judge; empty for none.
        limit: pictures to train on at most; 0 for all.
    """

    train: tuple[str, ...] = ("train-*.tar",)
    held_back: tuple[str, ...] = ()
    limit: int = 0


@dataclass(frozen=True)
class Recipe:
    """What every training has.

    Attributes:
        name: what the model is called.
        start: folder of a saved model whose weights the training starts from; empty to begin from linear codes.
        start_also: folders of further models: training starts from the mean of all their weights, often better than
            each of them where they have a training in common (Wortsman et al., arXiv 2203.05482).
        start_parts: which parts of it: "codec", "denoiser", "deepjscc".
        data: which pictures.
        link: the channel, the rates, and how a batch stands for pictures.
    """

    name: str
    start: str = ""
    start_also: tuple[str, ...] = ()
    start_parts: tuple[str, ...] = ("codec", "denoiser", "deepjscc")
    data: DataConfig = field(default_factory=DataConfig)
    link: LinkConfig = field(default_factory=LinkConfig)


@dataclass(frozen=True)
class LriscRecipe(Recipe):
    """Transmitter, JSCC decoder and diffusion decoder.

    Attributes:
        codec, denoiser: sizes of the networks.
        codec_training, diffusion_training: the loop of stage A and of stage B; 0 steps leave a part as it starts.
        diffusion_loss: the weights of stage B's loss.
    """

    codec: CodecConfig = field(default_factory=CodecConfig)
    codec_training: LoopConfig = field(default_factory=LoopConfig)
    denoiser: DenoiserConfig = field(default_factory=DenoiserConfig)
    diffusion_training: LoopConfig = field(default_factory=LoopConfig)
    diffusion_loss: DiffusionLossConfig = field(default_factory=DiffusionLossConfig)


@dataclass(frozen=True)
class DeepJsccRecipe(Recipe):
    """The DeepJSCC baseline. Its table `[deepjscc]` tells the kind of the recipe.

    Attributes:
        deepjscc: sizes of the network.
        training: its loop.
        loss: the weights of its loss.
    """

    deepjscc: DeepJsccConfig = field(default_factory=DeepJsccConfig)
    training: LoopConfig = field(default_factory=LoopConfig)
    loss: PictureLossConfig = field(default_factory=PictureLossConfig)


def read_recipe(path: Path) -> LriscRecipe | DeepJsccRecipe:
    """Read a recipe: that of DeepJSCC where there is a table `[deepjscc]`, else that of an LRISC model.

    Raises:
        ConfigurationError: no such file, not TOML, an unknown key (the message names the nearest) or a value of the
            wrong type.
    """
    values = read_toml(path, "recipe")
    where = f"recipe {path}"
    if "deepjscc" in values:
        return to_dataclass(values, DeepJsccRecipe, where)
    return to_dataclass(values, LriscRecipe, where)
