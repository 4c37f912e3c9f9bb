# SPDX-License-Identifier: MIT
"""A training recipe: one TOML file that determines a model."""

from __future__ import annotations

import dataclasses
import difflib
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_type_hints

import msgspec

from lrisc_sdr.codec.network import CodecConfig
from lrisc_sdr.diffusion.denoiser import DenoiserConfig
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.training.diffusion_stage import DiffusionStageConfig
from lrisc_sdr.training.loop import LoopConfig
from lrisc_sdr.training.transmission import LinkConfig

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover - Python 3.10
    import tomli as tomllib


@dataclass(frozen=True)
class DataConfig:
    """
    Attributes:
        train: glob patterns of the shards to train on.
        limit: pictures to use at most; 0 for all.
    """

    train: tuple[str, ...] = ("train-*.tar",)
    limit: int = 0


@dataclass(frozen=True)
class Recipe:
    """
    Attributes:
        name: what the model is called.
        data: which pictures.
        link: the channel, the rates, and how a batch stands for pictures.
        codec, denoiser: sizes of the networks.
        codec_training, diffusion_training: the loop of stage A and of stage B.
        diffusion_loss: the weights of stage B's loss.
    """

    name: str
    data: DataConfig = field(default_factory=DataConfig)
    link: LinkConfig = field(default_factory=LinkConfig)
    codec: CodecConfig = field(default_factory=CodecConfig)
    codec_training: LoopConfig = field(default_factory=LoopConfig)
    denoiser: DenoiserConfig = field(default_factory=DenoiserConfig)
    diffusion_training: LoopConfig = field(default_factory=LoopConfig)
    diffusion_loss: DiffusionStageConfig = field(default_factory=DiffusionStageConfig)


def read_recipe(path: Path) -> Recipe:
    """Read a recipe.

    Raises:
        ConfigurationError: no such file, not TOML, an unknown key (the message names the nearest) or a value of the
            wrong type.
    """
    try:
        values = tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"recipe {path} cannot be read: {error}") from error
    _refuse_unknown(values, Recipe, path, "")
    try:
        return msgspec.convert(values, Recipe)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"recipe {path}: {error}") from error


def _refuse_unknown(values: dict[str, Any], kind: Any, path: Path, where: str) -> None:
    hints = get_type_hints(kind)
    for key, value in values.items():
        if key not in hints:
            near = difflib.get_close_matches(key, hints, 1)
            hint = f", did you mean {where}{near[0]}?" if near else ""
            raise ConfigurationError(f"recipe {path}: unknown key {where}{key}{hint}")
        if isinstance(value, dict) and dataclasses.is_dataclass(hints[key]):
            _refuse_unknown(value, hints[key], path, f"{where}{key}.")
