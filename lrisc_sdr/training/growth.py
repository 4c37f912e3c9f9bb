# SPDX-License-Identifier: MIT
"""A larger network that begins as the function that a smaller one has learned (Net2Net, Chen et al., arXiv 1511.05641).

The old channels come first and see nothing of the new ones at first; the new ones see everything, so that the
weights from them back to the old, which start at zero, have a gradient from the first step on. New blocks start as the
identity. No layer here takes statistics over channels, which would upset that.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from lrisc_sdr.codec.layers import Block


def grown(weights: Mapping[str, Tensor], network: nn.Module) -> dict[str, Tensor]:
    """The state of `network` that does what a network of the same kind and at most the same size does with `weights`.

    Args:
        weights: the smaller network's, by name.
        network: its own weights are where what is new begins; it is not changed.

    Raises:
        ValueError: a weight is not part of `network`, or larger than there; or `network` has something new that is
            neither a block nor silent.
    """
    state = {name: value.detach().clone() for name, value in network.state_dict().items()}
    strangers = [name for name in weights if name not in state]
    if strangers:
        raise ValueError(f"no place for {strangers[0]}")
    blocks = {name: module for name, module in network.named_modules() if isinstance(module, Block)}
    # FiLM tells gains and shifts one after the other: each half grows by itself.
    halves = {f"{name}.film.{kind}" for name in blocks for kind in ("weight", "bias")}
    for name, value in state.items():
        if name not in weights:
            continue
        parts = 2 if name in halves else 1
        for new, old in zip(value.chunk(parts), weights[name].chunk(parts), strict=True):
            _embed(name, new, old)
    new_blocks = [name for name in blocks if f"{name}.project.weight" not in weights]
    for name in new_blocks:
        state[f"{name}.project.weight"].zero_()
        state[f"{name}.project.bias"].zero_()
    for name, value in state.items():
        if name not in weights and not name.startswith(tuple(f"{block}." for block in new_blocks)) and value.any():
            raise ValueError(f"{name} is new")
    return state


def _embed(name: str, new: Tensor, old: Tensor) -> None:
    """Put `old` into the first places of `new`, in place; what the old outputs would hear of new inputs is silenced."""
    if new.ndim != old.ndim or any(larger < smaller for larger, smaller in zip(new.shape, old.shape, strict=True)):
        raise ValueError(f"{name} is {tuple(old.shape)}, which does not fit {tuple(new.shape)}")
    new[: len(old)] = 0
    new[tuple(slice(0, side) for side in old.shape)] = old.to(new.dtype)
