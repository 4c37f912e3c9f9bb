# SPDX-License-Identifier: MIT
"""The training loop: steps that a seed and a number determine, weights averaged, on one device or on several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call
from tqdm import tqdm

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.training.checkpoint import Checkpoint
from lrisc_sdr.training.data import Pictures, middle_crops, random_crops
from lrisc_sdr.training.log import Log, Scalars
from lrisc_sdr.training.worker import Worker

_RANK_SEEDS = 1 << 40
"""Between the seeds of two processes: more than any step's number."""


@dataclass(frozen=True)
class LoopConfig:
    """
    Attributes:
        steps: optimiser steps of the whole run.
        batch: crops a step, of all processes together.
        crop: side of a crop `[pixels]`.
        learning_rate: AdamW's, after the warm-up.
        warmup: steps of linear warm-up.
        decay: share of the steps, at the end, over which the learning rate falls linearly to 0. Before that it is
            constant, so that `steps` of a running training can be changed until the decay begins.
        ema: decay of the exponential moving average of the weights.
        seed: everything random in step n of process r follows from (seed, n, r).
        log_every, save_every: steps between a row of the log, and between two checkpoints.
        validate_every: steps between two looks at the pictures that are held back, with the averaged weights.
        bfloat16: compute in bfloat16 where that is safe.
        compile: let torch compile the networks; it takes minutes before the first step.
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
    validate_every: int = 500
    bfloat16: bool = True
    compile: bool = False


class TrainingStage(nn.Module):
    """What the loop trains.

    Its call takes pictures `[b, 3, H, W]` in [-1, 1] and the generator of what is random for the batch as a whole, and
    returns the loss of the batch and what to log, as scalar tensors by name. Noise on pictures and features may come
    from torch's global generator, which the loop seeds for every step.
    """

    def parameter_groups(self) -> list[dict[str, Any]]:
        """Groups of parameters, each with its own gradient clipping and its `pace`, a factor on the learning rate."""
        return [{"params": list(self.parameters()), "pace": 1.0}]

    def frozen(self) -> Sequence[nn.Module]:
        """Networks that ride along, neither trained nor saved with the stage."""
        return ()

    def networks(self) -> Sequence[nn.Module]:
        """What is worth compiling: modules that do most of the work and whose flow does not hang on values."""
        return ()

    def place(self, device: torch.device) -> None:
        """Move everything to a device."""
        for module in (self, *self.frozen()):
            module.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]


def learning_rate(config: LoopConfig, step: int) -> float:
    """Warm-up, constant, linear decay to 0."""
    rise = min(1.0, (step + 1) / max(1, config.warmup))
    fall = min(1.0, (config.steps - step) / max(1.0, config.decay * config.steps))
    return config.learning_rate * min(rise, fall)


@contextmanager
def _seeded(seed: int, device: torch.device) -> Iterator[torch.Generator]:
    """A generator on the CPU, the same on every device, with torch's global ones seeded alike and restored after."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield torch.Generator().manual_seed(seed)


def train(
    stage: TrainingStage,
    pictures: Pictures,
    config: LoopConfig,
    folder: Path,
    worker: Worker,
    scalars: Scalars | None = None,
) -> dict[str, Tensor]:
    """Train `stage` until `config.steps`, resuming what `folder` holds.

    Every `log_every` steps a row goes to `folder/log.jsonl` and to `scalars(step, row)`, and every `validate_every`
    steps one of the pictures held back, its names beginning with `held_back_`.

    Returns:
        The averaged weights, on the CPU.

    Raises:
        ConfigurationError: the loss is not finite, or the folder holds another model's checkpoint.
        ProcessFailed: the processes end with different weights.
    """
    device = worker.device
    folder.mkdir(parents=True, exist_ok=True)
    stage.place(device)
    with torch.no_grad():
        worker.share(stage.state_dict().values())
    optimiser = torch.optim.AdamW(
        stage.parameter_groups(), lr=config.learning_rate, betas=(0.9, 0.99), weight_decay=1e-4
    )
    average = {name: value.detach().clone() for name, value in stage.state_dict().items()}
    checkpoint = Checkpoint(folder)
    first = checkpoint.load(stage, average, optimiser)
    stage.train()
    if config.compile:
        for network in stage.networks():
            network.compile()
    trained, held_back = pictures.train.to(device), pictures.held_back.to(device)
    log = Log(folder, worker, scalars)
    progress = tqdm(
        range(first, config.steps),
        initial=first,
        total=config.steps,
        desc=folder.name,
        unit="step",
        disable=None if worker.first else True,
    )
    for step in progress:
        seed = config.seed * 1_000_003 + step + worker.rank * _RANK_SEEDS
        with _seeded(seed, device) as generator:
            batch = random_crops(trained, config.batch // worker.size, config.crop, generator)
            with torch.autocast(device.type, torch.bfloat16, enabled=config.bfloat16):
                loss, logs = stage(batch, generator)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
        worker.average(p.grad for p in stage.parameters() if p.grad is not None)
        for group in optimiser.param_groups:
            torch.nn.utils.clip_grad_norm_(group["params"], 1.0)
            group["lr"] = learning_rate(config, step) * group["pace"]
        optimiser.step()
        decay = min(config.ema, (step + 1) / (step + 10))
        with torch.no_grad():
            for name, value in stage.state_dict().items():
                average[name].lerp_(value, 1 - decay)
        log.add(logs)
        done = step + 1
        last = done == config.steps
        if done % config.log_every == 0 or last:
            row = log.means()
            if not all(torch.isfinite(torch.tensor(value)) for value in row.values()):
                raise ConfigurationError(f"the loss before step {done} is not finite: lower learning_rate")
            log.write(done, row)
            progress.set_postfix({"loss": f"{row['loss']:.4f}"})
        if worker.first and len(held_back) and (done % config.validate_every == 0 or last):
            log.write(done, validate(stage, average, held_back, config))
        if worker.first and (done % config.save_every == 0 or last):
            checkpoint.save(done, stage, average, optimiser)
    worker.agree(average)
    return {name: value.cpu() for name, value in average.items()}


@torch.no_grad()
def validate(
    stage: TrainingStage, weights: dict[str, Tensor], pictures: Tensor, config: LoopConfig
) -> dict[str, float]:
    """Means of what the stage logs over the middles of `pictures`, u8 `[n, 3, H, W]`, by names that begin with
    `held_back_`: each time the same crops over the same channels.
    """
    device = pictures.device
    batches = -(-len(pictures) // config.batch)
    # Whole batches, since a batch falls into groups: the last one begins again with the first pictures.
    chosen = (torch.arange(batches * config.batch, device=device) % len(pictures)).view(batches, -1)
    sums: dict[str, Tensor] = {}
    stage.eval()
    for number, part in enumerate(chosen):
        crops = middle_crops(pictures[part], config.crop)
        with _seeded(number, device) as generator, torch.autocast(device.type, torch.bfloat16, enabled=config.bfloat16):
            _, logs = functional_call(stage, weights, (crops, generator))
        for name, value in logs.items():
            sums[name] = sums.get(name, torch.zeros((), device=device)) + value
    stage.train()
    return {f"held_back_{name}": float(value) / batches for name, value in sums.items()}
