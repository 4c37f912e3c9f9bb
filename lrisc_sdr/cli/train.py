# SPDX-License-Identifier: MIT
"""`lrisc train`: a model from a recipe."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from lrisc_sdr.errors import MissingExtra


def train(
    config: Annotated[Path, typer.Option(help="Recipe, a TOML file as in recipes/.")],
    data: Annotated[Path, typer.Option(help="Folder with the training shards, tar files of square crops.")],
    out: Annotated[Path, typer.Option(help="Folder of the run; what it holds is resumed.")],
    device: Annotated[str, typer.Option(help="auto (a GPU where there is one), cpu, cuda or cuda:N.")] = "auto",
) -> None:
    """Train what a recipe says; a stopped run goes on where its last checkpoint was.

    On several GPUs: torchrun --nproc_per_node N -m lrisc_sdr.cli train ...
    """
    try:
        from lrisc_sdr.training.recipe import read_recipe
        from lrisc_sdr.training.run import train_recipe
        from lrisc_sdr.training.worker import worker
    except ModuleNotFoundError as error:
        raise MissingExtra(error.name or "a dependency", "train") from error
    recipe = read_recipe(config)
    with worker(device) as process:
        model_id = train_recipe(recipe, data, out, process, _tensorboard(out) if process.first else None)
    if process.first:
        print(f"model {model_id} is in {out / 'model'}; 'lrisc report {out}' draws its training", file=sys.stderr)


def _tensorboard(out: Path) -> Callable[[str, int, dict[str, float]], None] | None:
    """Scalars to TensorBoard where it is installed; the rows are in log.jsonl in any case."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    writer = SummaryWriter(str(out / "tensorboard"))

    def scalars(stage: str, step: int, row: dict[str, float]) -> None:
        for name, value in row.items():
            writer.add_scalar(f"{stage}/{name}", value, step)
        writer.flush()

    return scalars
