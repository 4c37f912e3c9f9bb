# SPDX-License-Identifier: MIT
"""Where a training runs: one process alone, or one of several that `torchrun` started and that average their gradients.

The processes of one training hold the same weights. Each takes its share of every batch with a random generator of its
own, and the average of their gradients is the gradient of the whole batch.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor
from torch import distributed as dist

from lrisc_sdr.errors import ConfigurationError, ProcessFailed

_CPU = torch.device("cpu")


@dataclass(frozen=True)
class Worker:
    """One process of a training.

    Attributes:
        device: where it computes.
        rank: its number, from 0; the first one writes all files.
        size: processes of the training.
    """

    device: torch.device = _CPU
    rank: int = 0
    size: int = 1

    @property
    def first(self) -> bool:
        return self.rank == 0

    def __str__(self) -> str:
        kind = torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else self.device.type
        return f"{self.size} process{'es' if self.size > 1 else ''} on {kind}"

    def average(self, tensors: Iterable[Tensor]) -> None:
        """Replace each tensor by its mean over the processes, all in one message."""
        if self.size == 1:
            return
        kept = list(tensors)
        flat = torch.cat([tensor.flatten() for tensor in kept])
        dist.all_reduce(flat)
        flat /= self.size
        for tensor, mean in zip(kept, torch.split(flat, [tensor.numel() for tensor in kept]), strict=True):
            tensor.copy_(mean.view_as(tensor))

    def share(self, tensors: Iterable[Tensor]) -> None:
        """Replace each tensor by that of the first process."""
        if self.size > 1:
            for tensor in tensors:
                dist.broadcast(tensor, src=0)

    def agree(self, weights: Mapping[str, Tensor]) -> None:
        """Check that all processes hold the same weights.

        Raises:
            ProcessFailed: they do not.
        """
        if self.size == 1:
            return
        digest = hashlib.sha256()
        for value in weights.values():
            digest.update(value.detach().float().cpu().contiguous().numpy().tobytes())
        found: list[str] = [""] * self.size
        dist.all_gather_object(found, digest.hexdigest())
        if len(set(found)) != 1:
            raise ProcessFailed("the processes of the training hold different weights: do they run the same version?")

    def wait(self) -> None:
        """Until all processes are here."""
        if self.size > 1:
            dist.barrier()


@contextmanager
def worker(device: str = "auto") -> Iterator[Worker]:
    """This process as a worker: alone, or as `torchrun` numbered it (NCCL between GPUs, Gloo between CPUs).

    Args:
        device: "auto" for a GPU where there is one, or what torch calls it.

    Raises:
        ConfigurationError: there is no such device here.
    """
    size, rank = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("RANK", "0"))
    chosen = _device(device, int(os.environ.get("LOCAL_RANK", "0")))
    precision = torch.get_float32_matmul_precision()
    if chosen.type == "cuda":
        torch.cuda.set_device(chosen)
        torch.set_float32_matmul_precision("high")
    try:
        if size > 1:
            dist.init_process_group("nccl" if chosen.type == "cuda" else "gloo")
        # The fastest convolution is searched for only where it always gives the same result.
        with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=True):
            yield Worker(chosen, rank, size)
    finally:
        if dist.is_initialized():
            dist.destroy_process_group()
        torch.set_float32_matmul_precision(precision)


def _device(name: str, local_rank: int) -> torch.device:
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ConfigurationError(f"no device {name}: give auto, cpu, cuda or cuda:N") from error
    if device.type not in ("cpu", "cuda") or (device.type == "cuda" and not torch.cuda.is_available()):
        raise ConfigurationError(f"torch has no {name} on this host: give --device cpu, or auto")
    return torch.device("cuda", local_rank) if device.type == "cuda" and device.index is None else device
