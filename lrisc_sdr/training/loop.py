# SPDX-License-Identifier: MIT
"""The training loop: steps that a seed and a number determine, weights averaged, work saved so that nothing is lost."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from tqdm import tqdm

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.training.data import random_crops


@dataclass(frozen=True)
class LoopConfig:
    """
    Attributes:
        steps: optimiser steps of the whole run.
        batch: crops a step.
        crop: side of a crop `[pixels]`.
        learning_rate: AdamW's, after the warm-up.
        warmup: steps of linear warm-up.
        decay: share of the steps, at the end, over which the learning rate falls linearly to 0. Before that it is
            constant, so that `steps` of a running training can be changed until the decay begins.
        ema: decay of the exponential moving average of the weights.
        seed: everything random in step n follows from (seed, n).
        log_every, save_every: steps between a row of the log, and between two checkpoints.
        bfloat16: compute in bfloat16 where that is safe.
    """

    steps: int = 20_000
    batch: int = 32
    crop: int = 128
    learning_rate: float = 8e-4
    warmup: int = 300
    decay: float = 0.35
    ema: float = 0.999
    seed: int = 1
    log_every: int = 100
    save_every: int = 1000
    bfloat16: bool = True


class TrainingStage(nn.Module):
    """What the loop trains.

    Its call takes pictures `[b, 3, H, W]` in [-1, 1] and the generator of everything random, and returns the loss of
    the batch and what to log, as scalar tensors by name.
    """

    def parameter_groups(self) -> list[dict[str, Any]]:
        """Groups of parameters, each with its own gradient clipping and its `pace`, a factor on the learning rate."""
        return [{"params": list(self.parameters()), "pace": 1.0}]


def learning_rate(config: LoopConfig, step: int) -> float:
    """Warm-up, constant, linear decay to 0."""
    rise = min(1.0, (step + 1) / max(1, config.warmup))
    fall = min(1.0, (config.steps - step) / max(1.0, config.decay * config.steps))
    return config.learning_rate * min(rise, fall)


class Checkpoint:
    """All of a run's state in one safetensors file, replaced atomically."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "checkpoint.safetensors"

    def save(self, step: int, weights: nn.Module, average: dict[str, Tensor], optimiser: torch.optim.AdamW) -> None:
        tensors = {f"weights.{name}": value.detach() for name, value in weights.state_dict().items()}
        tensors |= {f"average.{name}": value for name, value in average.items()}
        for number, state in optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{number}.{key}": value for key, value in state.items()}
        temporary = self.path.with_suffix(".partial")
        save_file({k: v.contiguous().clone() for k, v in tensors.items()}, temporary, metadata={"step": str(step)})
        temporary.replace(self.path)

    def load(self, weights: nn.Module, average: dict[str, Tensor], optimiser: torch.optim.AdamW) -> int:
        """Restore a run; returns the number of steps that it had done, 0 when there is none."""
        if not self.path.exists():
            return 0
        from safetensors import safe_open

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
        average.update(parts["average"])
        states: dict[int, dict[str, Tensor]] = {}
        for name, value in parts["optimiser"].items():
            number, _, key = name.partition(".")
            states.setdefault(int(number), {})[key] = value
        optimiser.load_state_dict({"state": states, "param_groups": optimiser.state_dict()["param_groups"]})
        return step


def _autocast(config: LoopConfig, device: str) -> AbstractContextManager[Any]:
    return torch.autocast(device, torch.bfloat16, enabled=config.bfloat16)


def train(
    stage: TrainingStage,
    pictures: Tensor,
    config: LoopConfig,
    folder: Path,
    scalars: Callable[[int, dict[str, float]], None] | None = None,
) -> dict[str, Tensor]:
    """Train `stage` on `pictures` (u8 `[n, 3, H, W]`) until `config.steps`, resuming what `folder` holds.

    Every `log_every` steps a row goes to `folder/log.jsonl` and to `scalars(step, row)`.

    Returns:
        The averaged weights.

    Raises:
        ConfigurationError: the loss is not finite, or the folder holds another model's checkpoint.
    """
    folder.mkdir(parents=True, exist_ok=True)
    optimiser = torch.optim.AdamW(
        stage.parameter_groups(), lr=config.learning_rate, betas=(0.9, 0.99), weight_decay=1e-4
    )
    average = {name: value.detach().clone() for name, value in stage.state_dict().items()}
    checkpoint = Checkpoint(folder)
    first = checkpoint.load(stage, average, optimiser)
    stage.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    stage.train()
    sums: dict[str, float] = {}
    began = time.monotonic()
    progress = tqdm(
        range(first, config.steps), initial=first, total=config.steps, desc="train", unit="step", disable=None
    )
    for step in progress:
        with torch.random.fork_rng():
            # Layers that draw noise use the global generator: seeded here for the step, restored after it.
            torch.manual_seed(config.seed * 1_000_003 + step)
            generator = torch.Generator().manual_seed(config.seed * 1_000_003 + step)
            batch = random_crops(pictures, config.batch, config.crop, generator)
            batch = batch.contiguous(memory_format=torch.channels_last)
            with _autocast(config, "cpu"):
                loss, logs = stage(batch, generator)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
        for group in optimiser.param_groups:
            torch.nn.utils.clip_grad_norm_(group["params"], 1.0)
            group["lr"] = learning_rate(config, step) * group["pace"]
        optimiser.step()
        decay = min(config.ema, (step + 1) / (step + 10))
        with torch.no_grad():
            for name, value in stage.state_dict().items():
                average[name].lerp_(value, 1 - decay)
        for name, tensor in logs.items():
            sums[name] = sums.get(name, 0.0) + float(tensor.detach())
        done = step + 1
        if done % config.log_every == 0 or done == config.steps:
            rows = done - max(first, (done - 1) // config.log_every * config.log_every)
            row = {name: value / rows for name, value in sums.items()}
            sums.clear()
            if not torch.isfinite(loss):
                raise ConfigurationError(f"the loss of step {done} is not finite: lower learning_rate")
            row["seconds"] = time.monotonic() - began
            with (folder / "log.jsonl").open("a") as log:
                log.write(json.dumps({"step": done, **row}) + "\n")
            if scalars is not None:
                scalars(done, row)
            progress.set_postfix({"loss": f"{row['loss']:.4f}"})
        if done % config.save_every == 0 or done == config.steps:
            checkpoint.save(done, stage, average, optimiser)
    return average
