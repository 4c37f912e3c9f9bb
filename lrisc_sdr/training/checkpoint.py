# SPDX-License-Identifier: MIT
"""All of a run's state in one file, so that nothing is lost when it is stopped."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from lrisc_sdr.errors import ConfigurationError


class Checkpoint:
    """Weights, averaged weights, the optimiser's state and the number of steps, replaced atomically."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "checkpoint.safetensors"

    def save(self, step: int, weights: nn.Module, average: dict[str, Tensor], optimiser: torch.optim.AdamW) -> None:
        tensors = {f"weights.{name}": value.detach() for name, value in weights.state_dict().items()}
        tensors |= {f"average.{name}": value for name, value in average.items()}
        for number, state in optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{number}.{key}": value for key, value in state.items()}
        temporary = self.path.with_suffix(".partial")
        kept = {name: value.cpu().contiguous().clone() for name, value in tensors.items()}
        save_file(kept, temporary, metadata={"step": str(step)})
        temporary.replace(self.path)

    def load(self, weights: nn.Module, average: dict[str, Tensor], optimiser: torch.optim.AdamW) -> int:
        """Restore a run in place; returns the number of steps that it had done, 0 when there is none.

        Raises:
            ConfigurationError: it is the checkpoint of another model.
        """
        if not self.path.exists():
            return 0
        with safe_open(self.path, framework="pt") as file:
            step = int(file.metadata()["step"])
        parts: dict[str, dict[str, Tensor]] = {"weights": {}, "average": {}, "optimiser": {}}
        for name, value in load_file(self.path).items():
            kind, _, rest = name.partition(".")
            parts[kind][rest] = value
        try:
            weights.load_state_dict(parts["weights"])
        except RuntimeError as error:
            raise ConfigurationError(f"{self.path} belongs to another model: choose another output folder") from error
        for name, value in parts["average"].items():
            average[name].copy_(value)
        states: dict[int, dict[str, Tensor]] = {}
        for name, value in parts["optimiser"].items():
            number, _, key = name.partition(".")
            states.setdefault(int(number), {})[key] = value
        optimiser.load_state_dict({"state": states, "param_groups": optimiser.state_dict()["param_groups"]})
        return step
